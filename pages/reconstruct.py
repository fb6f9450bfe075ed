"""What does the model keep of a picture, and what does it lose?"""

from pages.ui import frame

frame.title("Reconstruct", "What does the model keep of a picture, and what does it lose?")
