"""Help > Open log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

from nhem_qt.logs import current_log_path

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def open_log(window: QWidget) -> None:
    """Show the log in the desktop's own viewer; where that cannot be done, say where the log is."""
    path = current_log_path()
    if path is None or not path.is_file():
        _tell(window, window.tr("There is no log: its folder cannot be written to. Tools > Diagnostics tells more"))
    elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        _tell(window, window.tr("No program of this desktop shows the log: it is {0}").format(path))


def _tell(window: QWidget, words: str) -> None:
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(window.tr("Log"))
    box.setText(words)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.open()
