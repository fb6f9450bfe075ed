"""Interactive maps."""
