"""The parts of the page Units."""
