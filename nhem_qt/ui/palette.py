"""The colours of the program; resources/style.qss uses the same."""

from PySide6.QtGui import QColor

BACKGROUND = QColor("#14171a")
PANEL = QColor("#1b1f24")
TEXT = QColor("#e6e9ec")
MUTED = QColor("#9aa4ad")
ACCENT = QColor("#4cc2ff")
GREEN = QColor("#3fb950")
RED = QColor("#f85149")
AMBER = QColor("#e3b341")
