"""A curve the size of a word: how one number has gone lately."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from nhem_qt.ui import palette

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_VALUES = 120
_USUAL_WIDTH_PX, _HEIGHT_PX = 120, 22
_EDGE_PX = 2.0


class Sparkline(QWidget):
    """Draws the last 120 values from zero, or their lowest, to their highest; NaN leaves a gap."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: deque[float] = deque(maxlen=_VALUES)
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def values(self) -> tuple[float, ...]:
        """What is drawn, oldest first."""
        return tuple(self._values)

    def add(self, value: float | None) -> None:
        """Draw one more; None is not known."""
        self._values.append(math.nan if value is None else value)
        self.update()

    def clear(self) -> None:
        """Draw nothing."""
        self._values.clear()
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for the room of a few words."""
        return QSize(_USUAL_WIDTH_PX, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all is painted
        """Draw the values, the newest at the right edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(palette.ACCENT, 1))
        for run in self._runs():
            painter.drawPolyline(QPolygonF(run))

    def _runs(self) -> list[list[QPointF]]:
        known = [value for value in self._values if math.isfinite(value)]
        if not known:
            return []
        low, high = min(0.0, *known), max(*known, 1e-9)
        runs: list[list[QPointF]] = [[]]
        for place, value in enumerate(reversed(self._values)):
            if not math.isfinite(value):
                runs.append([])
                continue
            x = self.width() - _EDGE_PX - place * (self.width() - 2 * _EDGE_PX) / (_VALUES - 1)
            y = self.height() - _EDGE_PX - (value - low) / (high - low) * (self.height() - 2 * _EDGE_PX)
            runs[-1].append(QPointF(x, y))
        return [run for run in runs if run]
