"""What is done with codes: maps, paths, samplers, units."""
