"""What runs once a process: the server, and what stands around it."""
