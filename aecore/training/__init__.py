"""fit(): a generator of records; checkpoints; the doctor."""

HISTORY = "history.jsonl"
"""File of a run's artifact with its records; named here so that reading it needs no torch."""
