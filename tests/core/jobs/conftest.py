"""What must not be collected here: importing the plugin replaces the kinds of this process."""

collect_ignore = ["plugin.py"]
