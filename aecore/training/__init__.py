"""fit(): a generator of records; checkpoints; the doctor."""

HISTORY = "history.jsonl"
"""File of a run's artifact with its records; named here so that reading it needs no torch."""
WEIGHTS = "weights.safetensors"
"""The finished run's weights."""
LAST = "last.safetensors"
"""All that training needs to go on after the last epoch."""
