"""Terms of a loss, one a file, and their weighted sum."""
