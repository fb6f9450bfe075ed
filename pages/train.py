"""How well can a network squeeze these pictures into a few numbers?"""

from pages.ui import frame

frame.title("Train", "How well can a network squeeze these pictures into a few numbers?")
