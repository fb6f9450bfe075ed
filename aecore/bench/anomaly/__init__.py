"""What does not belong: one class normal, one left out, heat maps, speed."""
