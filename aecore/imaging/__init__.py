"""Image files: bounds before decoding, reading, writing, and decoding in a child process."""
