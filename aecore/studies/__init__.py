"""What is measured of a trained run on a data set."""
