"""Noise taken off pictures, and how well."""
