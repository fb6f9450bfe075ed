"""Units of a network: their activations, and what drives them."""
