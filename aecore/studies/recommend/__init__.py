"""Suggesting things to people: a trained run beside popularity, item-item, EASE and PureSVD."""
