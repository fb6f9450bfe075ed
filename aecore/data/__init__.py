"""Pictures and rows in, a SampleSet out; one source a file."""
