"""Notices when monitors come, go or change their size."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen

# A change of resolution comes as several events.
_SETTLE_MS = 300


class ScreenWatch(QObject):
    """Tells once when the monitors have changed and are at rest again."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.changed)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(self._on_app_screen_added)
            app.screenRemoved.connect(self._on_app_screen_removed)
        for screen in QGuiApplication.screens():
            screen.geometryChanged.connect(self._on_screen_geometry_changed)

    def _on_app_screen_added(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._on_screen_geometry_changed)
        self._settle.start()

    def _on_app_screen_removed(self) -> None:
        self._settle.start()

    def _on_screen_geometry_changed(self) -> None:
        self._settle.start()
