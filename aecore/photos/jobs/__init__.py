"""The jobs on photographs, and the files that they keep."""
