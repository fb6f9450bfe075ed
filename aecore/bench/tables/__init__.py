"""`aecore bench tables`: odd rows of tables, and the speed of large ones."""
