"""fit(): a generator of records; checkpoints; the doctor."""
