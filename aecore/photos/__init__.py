"""Cleaning, filling and enlarging photographs of any size."""
