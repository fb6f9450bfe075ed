"""Training the photo restorer."""
