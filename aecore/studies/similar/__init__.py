"""What is alike: search by code, PCA and pixels, its judgement, binary codes, duplicates."""
