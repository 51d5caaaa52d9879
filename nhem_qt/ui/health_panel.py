"""How well it goes, as a traffic light, words, figures and what happened."""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from nhem_qt.monitor import HealthLevel
from nhem_qt.ui import palette
from nhem_qt.ui.events_table import (
    Event,
    EventsModel,
    EventsTable,
    event_columns,
    fault_event,
    notice_event,
    transition_event,
)
from nhem_qt.ui.health_figures import health_figures
from nhem_qt.ui.sparkline import Sparkline

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from nhem_qt.monitor import Fault, HealthReport, Transition
    from nhem_qt.session import KeptNotice

_EVENTS_SHOWN = 100
_NOTHING = "\N{EM DASH}"


class Light(Enum):
    """The traffic light: a shape, a word and a colour for each level."""

    GOOD = (HealthLevel.GOOD, "\N{BLACK CIRCLE}", palette.GREEN)
    FAIR = (HealthLevel.FAIR, "\N{BLACK UP-POINTING TRIANGLE}", palette.AMBER)
    BAD = (HealthLevel.BAD, "\N{BLACK SQUARE}", palette.RED)

    def __init__(self, level: HealthLevel, shape: str, colour: QColor) -> None:
        self.level = level
        self.shape = shape
        self.colour = colour

    def __str__(self) -> str:
        """Return shape and word."""
        return f"{self.shape} {self.level}"


def light_of(level: HealthLevel) -> Light:
    """Return the light for a level."""
    return next(light for light in Light if light.level is level)


class HealthPanel(QWidget):
    """Shows the newest HealthReport, how its figures went in the last minute, and what happened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._light = QLabel(self)
        self._light.setObjectName("verdict")
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._figures = health_figures(self.tr)
        self._values = [QLabel(self) for _ in self._figures]
        self._curves = [Sparkline(self) if figure.value else None for figure in self._figures]
        self._events: deque[Event] = deque(maxlen=_EVENTS_SHOWN)
        self._model = EventsModel(event_columns(self.tr), self)
        self._table = EventsTable(self._model, self)
        self._has_figures = False
        self._lay_out()
        self.clear()

    @property
    def events(self) -> tuple[Event, ...]:
        """The last 100 changes of state, faults and notices."""
        return tuple(self._events)

    def clear(self) -> None:
        """Show that nothing is measured, and nothing of the session before."""
        self._events.clear()
        self._has_figures = False
        for value in self._values:
            value.setText(_NOTHING)
        for curve in filter(None, self._curves):
            curve.clear()
        self.show_idle()

    def show_idle(self, *, paused: bool = False) -> None:
        """Show that nothing is measured now; the figures stay as they were last."""
        self._set_light(self.tr("paused") if paused else self.tr("not monitoring"), palette.MUTED)
        old = self.tr("The figures are those of the last moment in which something was measured")
        self._words.setText(old if self._has_figures else self.tr("Nothing was measured yet"))
        self._show_events()

    def show_report(self, report: HealthReport) -> None:
        """Show how well it goes now."""
        light = light_of(report.level)
        self._set_light(str(light), light.colour)
        self._words.setText("\n".join(report.words))
        for figure, value, curve in zip(self._figures, self._values, self._curves, strict=True):
            value.setText(figure.words(report))
            if curve is not None and figure.value is not None:
                curve.add(figure.value(report))
        self._has_figures = True
        self._show_events()

    def add_transition(self, transition: Transition) -> None:
        """List a change of state; it is shown with what is shown next."""
        self._events.append(transition_event(transition))

    def add_fault(self, fault: Fault) -> None:
        """List a fault; it is shown with what is shown next."""
        self._events.append(fault_event(fault))

    def add_notice(self, notice: KeptNotice) -> None:
        """List what the operator was told; it is shown with what is shown next."""
        self._events.append(notice_event(notice))

    def _show_events(self) -> None:
        if self._model.rows != self.events:
            self._model.show_rows(self._events)
            self._table.scrollToBottom()

    def _set_light(self, words: str, colour: QColor) -> None:
        self._light.setText(words)
        self._light.setStyleSheet(f"color: {colour.name()}")

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(2, 1)
        rows = zip(self._figures, self._values, self._curves, strict=True)
        for row, (figure, value, curve) in enumerate(rows):
            title = QLabel(figure.title, self)
            title.setObjectName("caption")
            value.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(title, row, 0)
            grid.addWidget(value, row, 1, 1, 1 if curve else 2)
            if curve is not None:
                grid.addWidget(curve, row, 2)
            for part in (title, value):
                part.setToolTip(figure.tip)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self._light)
        column.addWidget(self._words)
        column.addSpacing(6)
        column.addLayout(grid)
        column.addSpacing(6)
        # The keys of the window belong to the treatment.
        self._table.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        column.addWidget(self._table, stretch=1)
