"""What is drawn over and around a picture: boxes, badges, banners, frames."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import cos, pi, sin
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QLinearGradient, QPainterPath, QPen, QPolygonF

from nhem_qt.ui.palette import AMBER, GREEN, PANEL, RED, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter

    from nhem_qt.geometry import Roi
    from nhem_qt.ui.letterbox import Letterbox

_DARK = QColor("#0a0c0e")
_GAP, _MARGIN_ACROSS, _MARGIN_DOWN = 6.0, 14.0, 6.0
# Of the height of a badge.
_GLYPH_SHARE, _SPACE_SHARE = 0.52, 0.26
# Of the side of what a cross hair points into.
_ARM_SHARE = 0.36


class Tone(Enum):
    """How loud a badge speaks; colour never speaks alone, a word and a shape go with it."""

    PLAIN = "plain"
    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with its shape (a key of the glyphs below)."""

    text: str
    glyph: str
    tone: Tone = Tone.PLAIN


# Ground, text, shape, edge.
_COLOURS = {
    Tone.PLAIN: (PANEL, TEXT, TEXT, PANEL),
    Tone.GOOD: (PANEL, TEXT, GREEN, GREEN),
    Tone.NOTE: (PANEL, AMBER, AMBER, AMBER),
    Tone.WARNING: (AMBER, _DARK, _DARK, AMBER),
    Tone.ERROR: (RED, _DARK, _DARK, RED),
}

_Line = tuple[tuple[float, float], ...]


def _rectangle(left: float, top: float, right: float, bottom: float) -> _Line:
    return (left, top), (right, top), (right, bottom), (left, bottom), (left, top)


def _circle() -> _Line:
    return tuple((0.5 + 0.5 * cos(step * pi / 16), 0.5 + 0.5 * sin(step * pi / 16)) for step in range(33))


# Strokes in the unit square; those of a second group are filled.
_GLYPHS: dict[str, tuple[tuple[_Line, ...], tuple[_Line, ...]]] = {
    "dual": ((_rectangle(0, 0, 1, 1),), (_rectangle(0.33, 0.33, 0.67, 0.67),)),
    "single": ((_rectangle(0, 0, 1, 1),), ()),
    "screen": ((_rectangle(0, 0.08, 1, 0.72), ((0.5, 0.72), (0.5, 0.95)), ((0.25, 0.95), (0.75, 0.95))), ()),
    "video": ((_rectangle(0, 0.1, 1, 0.9),), (((0.37, 0.3), (0.7, 0.5), (0.37, 0.7)),)),
    "csv": ((((0, 0.2), (1, 0.2)), ((0, 0.5), (1, 0.5)), ((0, 0.8), (1, 0.8))), ()),
    "demo": ((((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5), (0.5, 0)),), ()),
    "sine": ((tuple((step / 16, 0.5 - 0.4 * sin(step * pi / 8)) for step in range(17)),), ()),
    "warning": (
        (((0.5, 0.02), (1, 0.95), (0, 0.95), (0.5, 0.02)), ((0.5, 0.38), (0.5, 0.62)), ((0.5, 0.78), (0.5, 0.8))),
        (),
    ),
    "idle": ((_circle(),), ()),
    "running": ((), (((0.1, 0), (1, 0.5), (0.1, 1)),)),
    "paused": ((), (_rectangle(0.1, 0, 0.4, 1), _rectangle(0.6, 0, 0.9, 1))),
    "stale": ((_circle(), ((0.5, 0.2), (0.5, 0.5), (0.75, 0.62))), ()),
    "failed": ((_circle(), ((0.3, 0.3), (0.7, 0.7)), ((0.7, 0.3), (0.3, 0.7))), ()),
}


def tabular(font: QFont, pixel_size: int, *, bold: bool = False) -> QFont:
    """Return `font` in another size with digits of equal width."""
    font = QFont(font)
    font.setPixelSize(pixel_size)
    font.setBold(bold)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def outline_of(letterbox: Letterbox, roi: Roi) -> QRectF:
    """Return the place of `roi` in physical pixels of the view, on whole ones."""
    left, top, right, bottom = letterbox.outline_of(roi)
    return QRectF(left, top, right - left, bottom - top)


def place_of(letterbox: Letterbox, roi: Roi) -> QRectF:
    """Return the exact place of `roi` in logical pixels of the view."""
    return QRectF(QPointF(*letterbox.position_of(roi.x1, roi.y1)), QPointF(*letterbox.position_of(roi.x2, roi.y2)))


def line_width(ratio: float) -> int:
    """Return the width of a box's line in physical pixels: whole ones are crisp; more of them where they are small."""
    return max(2, round(1.5 * ratio))


def draw_box(painter: QPainter, box: QRectF, colour: QColor, width: int) -> None:
    """Draw a coloured line with a dark one on either side, just outside of `box`, for bright and dark grounds."""
    _fill_ring(painter, box, 0, width + 2, _DARK)
    _fill_ring(painter, box, 1, width, colour)


def fill_around(painter: QPainter, inside: QRectF, outside: QRectF, colour: QColor) -> None:
    """Fill what of `outside` is not `inside`."""
    painter.fillPath(_difference(outside, inside), colour)


def draw_hatched_frame(painter: QPainter, picture: QRectF, width: float, colour: QColor) -> None:
    """Draw a band of diagonal stripes around the picture."""
    stripes = QLinearGradient(QPointF(0, 0), QPointF(width, width))
    stripes.setSpread(QLinearGradient.Spread.RepeatSpread)
    for position, shade in ((0.0, colour), (0.5, colour), (0.501, _DARK), (1.0, _DARK)):
        stripes.setColorAt(position, shade)
    outside = picture.adjusted(-width, -width, width, width)
    painter.fillPath(_difference(outside, picture), QBrush(stripes))


def draw_cross_hair(painter: QPainter, place: QRect, width: int, colour: QColor) -> None:
    """Draw a line from the middle of each edge towards the centre, dark on either side; the centre stays free."""
    across, down = round(place.width() * _ARM_SHARE), round(place.height() * _ARM_SHARE)
    x, y = place.left() + (place.width() - width) // 2, place.top() + (place.height() - width) // 2
    for arm in (
        QRect(place.left(), y, across, width),
        QRect(place.left() + place.width() - across, y, across, width),
        QRect(x, place.top(), width, down),
        QRect(x, place.top() + place.height() - down, width, down),
    ):
        painter.fillRect(arm.adjusted(-width, -width, width, width) & place, _DARK)
        painter.fillRect(arm, colour)


def label_place(font: QFont, text: str, beside: QRectF, view: QRectF) -> QRectF:
    """Return where `text` goes: under `beside`, or over it, or at the lower edge of the view, whichever has room."""
    size = _text_size(font, text) + QSizeF(_MARGIN_ACROSS, _MARGIN_DOWN)
    left = min(max(beside.left(), view.left()), view.right() - size.width())
    tops = (beside.bottom(), beside.top() - size.height(), view.bottom() - size.height())
    top = next(top for top in tops if view.top() <= top <= view.bottom() - size.height() or top == tops[-1])
    return QRectF(QPointF(left, top), size)


def draw_label(painter: QPainter, text: str, place: QRectF) -> None:
    """Write `text` on a plate."""
    _draw_plate(painter, place, PANEL, PANEL)
    painter.setPen(TEXT)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def draw_banner(painter: QPainter, text: str, view: QRectF, ground: QColor) -> QRectF:
    """Write `text` at the lower edge of the view, in as many lines as it needs; return what of the view is above."""
    how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    room = view.adjusted(_MARGIN_ACROSS, 0, -_MARGIN_ACROSS, 0)
    size = QFontMetricsF(painter.font()).boundingRect(room, how, text).size()
    size += QSizeF(2 * _MARGIN_ACROSS, 2 * _MARGIN_DOWN)
    place = QRectF(view.center().x() - size.width() / 2, view.bottom() - size.height(), size.width(), size.height())
    _draw_plate(painter, place, ground, _DARK)
    painter.setPen(TEXT if ground == PANEL else _DARK)
    painter.drawText(place.adjusted(_MARGIN_ACROSS, 0, -_MARGIN_ACROSS, 0), how, text)
    return view.adjusted(0, 0, 0, -size.height() - _GAP)


def badge_places(badges: Sequence[Badge], font: QFont, view: QRectF, picture: QRectF) -> list[QRectF]:
    """Return where the badges go: one under the other beside the picture where there is room, else along its top."""
    height = QFontMetricsF(font).height() * 1.4
    widths = [_text_size(font, badge.text).width() + height * (_GLYPH_SHARE + 3 * _SPACE_SHARE) for badge in badges]
    column = max(widths, default=0) + _GAP <= picture.left() - view.left()
    left, top = view.left(), view.top()
    places: list[QRectF] = []
    for width in widths:
        if places and (column or left + width > view.right()):
            left, top = view.left(), top + height + _GAP
        places.append(QRectF(left, top, width, height))
        left += width + _GAP
    return places


def draw_badge(painter: QPainter, badge: Badge, place: QRectF) -> None:
    """Draw shape and word of a badge."""
    ground, text, shape, edge = _COLOURS[badge.tone]
    _draw_plate(painter, place, ground, edge)
    side, space = place.height() * _GLYPH_SHARE, place.height() * _SPACE_SHARE
    glyph = QRectF(place.left() + space, place.center().y() - side / 2, side, side)
    _draw_glyph(painter, badge.glyph, glyph, shape)
    painter.setPen(text)
    words = place.adjusted(side + 2 * space, 0, 0, 0)
    painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, badge.text)


def _draw_glyph(painter: QPainter, name: str, place: QRectF, colour: QColor) -> None:
    strokes, filled = _GLYPHS[name]
    painter.setPen(QPen(colour, place.width() * 0.11, j=Qt.PenJoinStyle.MiterJoin))
    for line in strokes:
        painter.drawPolyline(_scaled(line, place))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for line in filled:
        painter.drawPolygon(_scaled(line, place))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _scaled(line: _Line, place: QRectF) -> QPolygonF:
    return QPolygonF([QPointF(place.left() + x * place.width(), place.top() + y * place.height()) for x, y in line])


def _draw_plate(painter: QPainter, place: QRectF, ground: QColor, edge: QColor) -> None:
    painter.setPen(QPen(edge, 1.5))
    painter.setBrush(ground)
    painter.drawRoundedRect(place, 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _text_size(font: QFont, text: str) -> QSizeF:
    return QFontMetricsF(font).size(0, text)


def _fill_ring(painter: QPainter, box: QRectF, distance: float, width: float, colour: QColor) -> None:
    inside = box.adjusted(-distance, -distance, distance, distance)
    outside = inside.adjusted(-width, -width, width, width)
    fill_around(painter, inside, outside, colour)


def _difference(outside: QRectF, inside: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    path.addRect(outside)
    path.addRect(inside)
    return path
