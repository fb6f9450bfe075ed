"""The parts of the page Reconstruct."""
