"""What the user puts on the curve: marks, and a span that he selects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPolygonF

from nhem_qt.ui import palette
from nhem_qt.ui.curve_box import CurveOverlay, draw_columns, draw_words, words_size

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from nhem_qt.session import Mark, Span
    from nhem_qt.ui.curve_box import CurveBox

FLAGS_HEIGHT_PX = 22.0

_UNDER_THE_VERDICTS, _OVER_THE_VERDICTS = 0.5, 2.0
_DASHES_PX = (5, 4)
_FLAG = QPolygonF([QPointF(0, 0), QPointF(11, 5), QPointF(0, 10)])
_FLAG_WIDTH_PX = 14.0
_LEAST_NOTE_PX = 40.0
_SPAN_ALPHA = 50
_SPAN_WORDS_TOP_PX = 46.0


class MarkFlags(CurveOverlay):
    """Dashed lines, each with a flag at the lower edge and its note where there is room."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, _UNDER_THE_VERDICTS)
        self.marks: tuple[Mark, ...] = ()
        self._times_s = np.empty(0)

    def show_marks(self, marks: tuple[Mark, ...]) -> None:
        """Draw these marks and no others."""
        self.marks = tuple(sorted(marks, key=lambda mark: mark.t_s))
        self._times_s = np.array([mark.t_s for mark in self.marks])
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw the marks that are seen, one in a pixel."""
        first, end = map(int, np.searchsorted(self._times_s, self.range_s))
        if first == end:
            return
        places, numbers = np.unique(self.x_px(self._times_s[first:end]).astype(np.intp), return_index=True)
        columns = np.zeros(self.width_px + 1, np.uint32)
        columns[places] = palette.TEXT.rgba()
        draw_columns(painter, columns[:-1], self._rect, _DASHES_PX)
        rooms = np.diff(places, append=self._rect.width())
        for place, number, room in zip(places.tolist(), numbers.tolist(), rooms.tolist(), strict=True):
            self._paint_flag(painter, place, room, self.marks[first + number].note)

    def _paint_flag(self, painter: QPainter, place: float, room: float, note: str) -> None:
        top = self._rect.bottom() - FLAGS_HEIGHT_PX
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.TEXT)
        painter.drawPolygon(_FLAG.translated(place, top + FLAGS_HEIGHT_PX / 4))
        if note and room > _LEAST_NOTE_PX:
            words = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, int(room - _FLAG_WIDTH_PX - 12))
            size = words_size(painter, words)
            draw_words(painter, words, palette.TEXT, QRectF(QPointF(place + _FLAG_WIDTH_PX, top), size))


class SpanShade(CurveOverlay):
    """The selected span with its length."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, _OVER_THE_VERDICTS)
        self._span: Span | None = None

    def show_span(self, span: Span | None) -> None:
        """Draw this span; None draws nothing."""
        self._span = span
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Shade the span; its length stands in the middle of what is seen of it."""
        if self._span is None:
            return
        left, right = self.x_px(np.array([self._span.begin_s, self._span.end_s])).tolist()
        shade = QColor(palette.ACCENT)
        shade.setAlpha(_SPAN_ALPHA)
        painter.fillRect(QRectF(left, self._rect.top(), right - left, self._rect.height()), shade)
        for edge in (left, right - 1):
            painter.fillRect(QRectF(edge, self._rect.top(), 1, self._rect.height()), palette.ACCENT)
        if right > 0 and left < self._rect.width():
            self._paint_length(painter, (max(left, 0.0) + min(right, self._rect.width())) / 2, self._span)

    def _paint_length(self, painter: QPainter, middle: float, span: Span) -> None:
        words = self._words(span.length_s)
        size = words_size(painter, words)
        left = min(max(middle - size.width() / 2, 0.0), self._rect.width() - size.width())
        draw_words(painter, words, palette.ACCENT, QRectF(QPointF(left, _SPAN_WORDS_TOP_PX), size))

    def _words(self, seconds: float) -> str:
        minutes, rest_s = divmod(seconds, 60)
        hours, minutes = divmod(int(minutes), 60)
        if hours:
            return self.tr("{0} h {1} min {2:.0f} s").format(hours, minutes, rest_s)
        if minutes:
            return self.tr("{0} min {1:.1f} s").format(minutes, rest_s)
        return self.tr("{0:.2f} s").format(rest_s)
