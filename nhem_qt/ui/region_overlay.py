"""What is drawn over a picture in which a region is selected: handles, monitors, and where none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor

from nhem_qt.ui import overlays, palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter

    from nhem_qt.geometry import Roi
    from nhem_qt.monitor import Regions
    from nhem_qt.ui.letterbox import Letterbox

# Logical pixels: what stands outside of a region that fills the picture still is in the padding around that.
_HANDLE = 9
_SHADE = QColor(10, 12, 14, 130)
_GAP = 6


def draw_selection(painter: QPainter, letterbox: Letterbox, regions: Regions) -> None:
    """Draw, in physical pixels, a region with its handles and the box that will be measured; shade what is outside."""
    box = overlays.outline_of(letterbox, regions.large)
    overlays.fill_around(painter, box, overlays.outline_of(letterbox, letterbox.roi), _SHADE)
    for line in {regions.large, regions.small}:
        overlays.draw_box(
            painter, overlays.outline_of(letterbox, line), palette.ACCENT, overlays.line_width(letterbox.ratio)
        )
    edge = max(1, round(letterbox.ratio))
    for handle in handle_places(box, round(_HANDLE * letterbox.ratio)):
        painter.fillRect(handle, palette.BACKGROUND)
        painter.fillRect(handle.adjusted(edge, edge, -edge, -edge), palette.ACCENT)


def handle_places(box: QRectF, side: int) -> list[QRectF]:
    """Return the squares at the corners and in the middle of the edges, just outside: they hide no pixel of it.

    An edge shorter than a square has none in its middle.
    """
    lefts, tops = [box.left() - side, box.right()], [box.top() - side, box.bottom()]
    if box.width() >= side:
        lefts.append(round(box.center().x() - side / 2))
    if box.height() >= side:
        tops.append(round(box.center().y() - side / 2))
    squares = [QRectF(left, top, side, side) for left in lefts for top in tops]
    return [square for square in squares if not square.intersects(box)]


def draw_monitors(painter: QPainter, letterbox: Letterbox, monitors: Sequence[Roi], dead: Sequence[Roi]) -> None:
    """Draw, in physical pixels, the borders of several monitors, and stripes where none is."""
    width = max(1, round(letterbox.ratio))
    for area in dead:
        place = overlays.outline_of(letterbox, area)
        painter.fillRect(place, palette.BACKGROUND)
        painter.fillRect(place, QBrush(palette.MUTED, Qt.BrushStyle.BDiagPattern))
    for monitor in monitors:
        place = overlays.outline_of(letterbox, monitor)
        overlays.fill_around(painter, place.adjusted(width, width, -width, -width), place, palette.TEXT)


def draw_monitor_names(painter: QPainter, letterbox: Letterbox, monitors: Sequence[Roi]) -> None:
    """Write number and size of every monitor into its upper left corner, in logical pixels."""
    for number, monitor in enumerate(monitors, 1):
        text = f"{number}   {monitor.width} \N{MULTIPLICATION SIGN} {monitor.height}"
        place = overlays.place_of(letterbox, monitor)
        room = place.adjusted(_GAP, _GAP, -_GAP, -_GAP)
        edge = QRectF(room.topLeft(), QSizeF(0, 0))
        overlays.draw_label(painter, text, overlays.label_place(painter.font(), text, edge, room))
