"""Claims of papers."""
