"""Learn to see what an autoencoder sees: train one, look inside, and watch it rebuild pictures."""

from pages.ui import frame

frame.title(
    "Start",
    "Learn to see what an autoencoder sees: train one, look inside, and watch it rebuild pictures.",
)
