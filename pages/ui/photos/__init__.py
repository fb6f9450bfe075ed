"""The parts of the page Photos."""
