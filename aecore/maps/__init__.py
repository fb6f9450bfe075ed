"""Two-dimensional maps of codes: laying them out, inverting them, how far they are trusted."""
