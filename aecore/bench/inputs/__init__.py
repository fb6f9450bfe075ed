"""Files as other programs write them."""
