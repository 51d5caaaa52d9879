"""When the window works: not while that would be in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_AGAIN_MS = 1


class CourteousTimer(QObject):
    """Says every `interval_ms` that something is due; while that `is_unwelcome` by as much later, but no more."""

    due = Signal()

    def __init__(self, interval_ms: int, is_unwelcome: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._is_unwelcome = is_unwelcome
        self._looks, self._most_looks = 0, interval_ms // _LOOK_AGAIN_MS
        self._timer = QTimer(self, interval=interval_ms)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._look_timer = QTimer(self, singleShot=True, interval=_LOOK_AGAIN_MS, timerType=Qt.TimerType.PreciseTimer)
        self._look_timer.timeout.connect(self._on_timer_timeout)
        self._timer.start()

    def stop(self) -> None:
        """Say nothing any more."""
        self._timer.stop()
        self._look_timer.stop()

    def _on_timer_timeout(self) -> None:
        if self._looks < self._most_looks and self._is_unwelcome():
            self._looks += 1
            self._look_timer.start()
            return
        self._looks = 0
        self._look_timer.stop()
        self.due.emit()
