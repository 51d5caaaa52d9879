"""When the window draws anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

_INTERVAL_MS = 33
_LOOK_AGAIN_MS = 2
_MOST_LOOKS = 12


class RedrawTimer(QObject):
    """Says about 30 times a second that it is time to draw; while `is_unwelcome` up to some 25 ms later."""

    due = Signal()

    def __init__(self, is_unwelcome: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._is_unwelcome = is_unwelcome
        self._looks = 0
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._look_timer = QTimer(self, singleShot=True, interval=_LOOK_AGAIN_MS, timerType=Qt.TimerType.PreciseTimer)
        self._look_timer.timeout.connect(self._on_timer_timeout)
        self._timer.start()

    def stop(self) -> None:
        """Say nothing any more."""
        self._timer.stop()
        self._look_timer.stop()

    def _on_timer_timeout(self) -> None:
        if self._looks < _MOST_LOOKS and self._is_unwelcome():
            self._looks += 1
            self._look_timer.start()
            return
        self._looks = 0
        self._look_timer.stop()
        self.due.emit()
