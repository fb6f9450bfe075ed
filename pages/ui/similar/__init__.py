"""The parts of the page Similar."""
