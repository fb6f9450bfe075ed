"""How odd a sample is to a trained run: one score a file, the study of all, and heat maps."""
