"""The status bar: health, source, achieved rate and latency, dropped ticks, whether it is kept, and the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton, QWidget

from nhem_qt.ui.health_panel import light_of

if TYPE_CHECKING:
    from nhem_qt.monitor import HealthReport
    from nhem_qt.session import LiveSession
    from nhem_qt.ui.health_panel import Light
    from nhem_qt.ui.locking import Locking

_RATE_WIDTH_PX = 190


class MonitorStatusBar(QStatusBar):
    """Says how the measuring goes, in words that fit on one line."""

    lock_clicked = Signal()
    health_clicked = Signal()

    def __init__(self, source: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lock_button = QToolButton(self)
        self.lock_button.clicked.connect(self.lock_clicked)
        self.health_button = QToolButton(self)
        self.health_button.setToolTip(self.tr("How well it goes: shows or hides the health"))
        self.health_button.clicked.connect(self.health_clicked)
        self._source = QLabel(self)
        self._source.setTextFormat(Qt.TextFormat.PlainText)
        self.show_source(source)
        self._rate = QLabel(self)
        self._rate.setMinimumWidth(_RATE_WIDTH_PX)
        self._rate.setToolTip(self.tr("Gray values per second; 95 of 100 take no longer from capture to verdict"))
        self._drops = QLabel(self)
        self._kept = QLabel(self)
        for part in (
            self.lock_button,
            self.health_button,
            self._source,
            self._rate,
            self._drops,
            self._kept,
        ):
            self.addPermanentWidget(part)

    def show_source(self, source: str) -> None:
        """Show where the pictures come from."""
        self._source.setText(self.tr("source {0}").format(source))

    def show_session(self, session: LiveSession | None, report: HealthReport | None, *, paused: bool = False) -> None:
        """Show a session and how it goes; without a report that nothing is measured now."""
        self.health_button.setVisible(report is not None)
        for part in (self._drops, self._kept):
            part.setVisible(session is not None)
        if session is None or report is None:
            self._rate.setText(self.tr("paused") if paused else self.tr("not monitoring"))
        else:
            rate = self.tr("{0:.1f} Hz of {1:g}").format(report.rate_hz, session.info.rate_hz)
            each = self.tr(", {0:.0f} ms each").format(report.latency_p95_ms) if report.rate_hz else ""
            self._rate.setText(rate + each)
            self._show_light(light_of(report.level))
        if session is not None:
            words = self.tr("dropped {0}, measured {1}")
            self._drops.setText(words.format(session.schedule.dropped, session.measured_count))
            kept = session.store_failure is None
            self._kept.setText(self.tr("\N{BLACK CIRCLE} kept on disk") if kept else self.tr("NOT KEPT ON DISK"))

    def show_lock(self, locking: Locking) -> None:
        """Show the lock, if there is one."""
        self.lock_button.setVisible(locking.is_set)
        locked = self.tr("\N{BLACK SQUARE} locked")
        self.lock_button.setText(locked if locking.is_locked else self.tr("\N{WHITE SQUARE} unlocked"))

    def _show_light(self, light: Light) -> None:
        self.health_button.setText(str(light))
        self.health_button.setStyleSheet(f"color: {light.colour.name()}")
