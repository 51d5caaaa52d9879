"""Panels at the side of a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QWidget


def add_dock(window: QMainWindow, name: str, title: str, content: QWidget) -> QDockWidget:
    """Show `content` at the right side of `window`; the name is for the program, the title for the user."""
    dock = QDockWidget(title, window)
    dock.setObjectName(name)
    dock.setWidget(content)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    return dock
