"""Scores, each with its range and which end is good."""
