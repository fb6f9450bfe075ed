"""Which pictures shall the model learn from?"""

from pages.ui import frame

frame.title("Data", "Which pictures shall the model learn from?")
