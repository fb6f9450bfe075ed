"""The frame: page config and the list of pages, nothing else."""
