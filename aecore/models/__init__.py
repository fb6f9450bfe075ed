"""Networks, codes, and the Autoencoder that joins them."""
