"""How well similar samples are found, by codes, bits and an index."""
