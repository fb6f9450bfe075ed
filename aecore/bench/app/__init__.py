"""The app as a browser meets it."""
