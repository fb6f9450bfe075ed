"""Layout methods, one a file."""
