"""The parts of the page Walk."""
