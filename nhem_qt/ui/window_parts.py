"""What the windows of the program are laid out of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow


def central_area(banner: QWidget, picture: QWidget, facts: QWidget, curves: QWidget, *below: QWidget) -> QWidget:
    """Lay out the middle of a window: picture and facts side by side, the curves below, the banner above all.

    What comes `below` all that keeps its height.
    """
    top = QWidget()
    row = QHBoxLayout(top)
    row.setContentsMargins(8, 8, 8, 4)
    row.addWidget(picture, stretch=1)
    row.addWidget(facts)
    splitter = QSplitter(Qt.Orientation.Vertical)
    splitter.addWidget(top)
    splitter.addWidget(curves)
    splitter.setStretchFactor(0, 3)
    splitter.setStretchFactor(1, 2)
    splitter.setChildrenCollapsible(False)
    area = QWidget()
    column = QVBoxLayout(area)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(banner)
    column.addWidget(splitter, stretch=1)
    for one in below:
        column.addWidget(one)
    return area


def add_dock(window: QMainWindow, name: str, title: str, content: QWidget) -> QDockWidget:
    """Show `content` at the right side of `window`; the name is for the program, the title for the user."""
    dock = QDockWidget(title, window)
    dock.setObjectName(name)
    dock.setWidget(content)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    return dock
