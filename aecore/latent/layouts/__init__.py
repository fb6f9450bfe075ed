"""Ways to lay codes out in two or three dimensions, one a file."""
