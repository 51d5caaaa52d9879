"""Where the curves are drawn: how it is scrolled and zoomed, and what is drawn over it in its own pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage
from PySide6.QtWidgets import QGraphicsObject

from nhem_qt.ui import palette

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QPainter

_LABEL_ALPHA = 190
_PADDING_PX = 4


class CurveBox(pg.ViewBox):  # type: ignore[misc] # pyqtgraph ships no types
    """Dragging and the wheel move along the time, beside the plot along the gray values; with Shift a span is dragged.

    Spans are two times in s. `fits_height` is False once the user has chosen the gray values himself.
    """

    span_changing = Signal(float, float)
    span_changed = Signal(float, float)

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.fits_height = True
        self._drags_span = False
        self._span_is_wanted = False

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """Scroll, zoom, or drag a span."""
        if ev.isStart():
            shift = bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._drags_span = axis is None and shift and ev.button() == Qt.MouseButton.LeftButton
            self._span_is_wanted = self._drags_span
        if self._drags_span:
            ev.accept()
            self._drag_span(ev)
        else:
            super().mouseDragEvent(ev, self._chosen(axis))

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        """Zoom around the pointer."""
        super().wheelEvent(ev, self._chosen(axis))

    def abandon_span(self) -> None:
        """Take no notice of the rest of a drag."""
        self._span_is_wanted = False

    def _chosen(self, axis: int | None) -> int:
        self.fits_height = self.fits_height and axis != 1
        return 0 if axis is None else axis

    def _drag_span(self, ev: Any) -> None:
        if self._span_is_wanted:
            ends_s = sorted(self.mapToView(point).x() for point in (ev.buttonDownPos(), ev.pos()))
            (self.span_changed if ev.isFinish() else self.span_changing).emit(*ends_s)


class CurveOverlay(QGraphicsObject):
    """Draws under or over the lines in a box, in the pixels of that; subclasses draw what is seen and nothing else."""

    def __init__(self, box: CurveBox, z: float) -> None:
        super().__init__(box)
        self._box = box
        self._rect: QRectF = box.rect()
        self.setZValue(z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigXRangeChanged.connect(self._on_box_range_changed)
        box.sigResized.connect(self._on_box_resized)

    @property
    def range_s(self) -> tuple[float, float]:
        """The times at the left and the right edge."""
        begin_s, end_s = self._box.viewRange()[0]
        return begin_s, end_s

    @property
    def px_per_s(self) -> float:
        """How wide a second is; more than nothing even before there is room for anything."""
        begin_s, end_s = self.range_s
        return max(float(self._rect.width()), 1.0) / (end_s - begin_s)

    @property
    def width_px(self) -> int:
        """How many columns of a pixel there are."""
        return math.ceil(self._rect.width())

    def x_px(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the places of times, in pixels from the left edge."""
        return (times_s - self.range_s[0]) * self.px_per_s

    def boundingRect(self) -> QRectF:  # noqa: N802 - the name is Qt's
        """Return all of the box."""
        return QRectF(self._rect)

    def _on_box_range_changed(self) -> None:
        self.update()

    def _on_box_resized(self) -> None:
        self.prepareGeometryChange()
        self._rect = self._box.rect()


def draw_columns(
    painter: QPainter, columns: NDArray[np.uint32], area: QRectF, dash_px: tuple[int, int] = (1, 0)
) -> None:
    """Fill an area with columns of one pixel: QColor.rgba(), 0 for none, shape (width,); `dash_px` on and off.

    Spans and lines cost the same however many there are: to fill so many rectangles costs fifty times as much.
    """
    rows = np.zeros((sum(dash_px), len(columns)), np.uint32)
    rows[: dash_px[0]] = columns
    height, width = rows.shape
    # The image does not hold the pixels: they must outlive it.
    pixels = rows.tobytes()
    image = QImage(pixels, width, height, 4 * width, QImage.Format.Format_ARGB32)
    painter.fillRect(area, QBrush(image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)))


def draw_words(painter: QPainter, words: str, colour: QColor, place: QRectF) -> None:
    """Write on a ground that lets the curve shine through."""
    ground = QColor(palette.BACKGROUND)
    ground.setAlpha(_LABEL_ALPHA)
    painter.fillRect(place, ground)
    painter.setPen(colour)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def words_size(painter: QPainter, words: str) -> QSizeF:
    """Return the size of words with some room around them."""
    box = painter.fontMetrics().size(0, words)
    return QSizeF(box.width() + 2 * _PADDING_PX, box.height())
