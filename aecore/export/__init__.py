"""What leaves the app as one file: pages, portable decoders, films."""
