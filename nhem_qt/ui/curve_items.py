"""Lines and axes that let a tick go first, each before it is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPainter, QPen


class CourteousLine(pg.PlotCurveItem):  # type: ignore[misc] # pyqtgraph ships no types
    """A line with gaps where there is no value."""

    def __init__(self, pen: QPen, give_way: Callable[[], None]) -> None:
        super().__init__(pen=pen, connect="finite")
        self._give_way = give_way

    def paint(self, p: QPainter, opt: Any, widget: Any) -> None:
        """Paint the line."""
        self._give_way()
        super().paint(p, opt, widget)


class CourteousAxis(pg.AxisItem):  # type: ignore[misc] # pyqtgraph ships no types
    """An axis with its grid."""

    def __init__(self, orientation: str, give_way: Callable[[], None]) -> None:
        super().__init__(orientation)
        self._give_way = give_way

    def paint(self, p: QPainter, opt: Any, widget: Any) -> None:
        """Paint the axis."""
        self._give_way()
        super().paint(p, opt, widget)
