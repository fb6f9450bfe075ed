"""The calls that `import aecore` offers, over specs and jobs."""
