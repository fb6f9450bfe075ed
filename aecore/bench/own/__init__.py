"""Recipes on own pictures."""
