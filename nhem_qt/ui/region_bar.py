"""The buttons that end a selection inside the live picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nhem_qt.ui.region_grip import OUTER_REACH

_SPACE = 6


class RegionBar(QWidget):
    """Apply and Cancel, one over the other: so they go beside a picture that is as high as the view."""

    applied = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._font_size = 0
        self._apply = self._button(self.tr("Apply (Enter)"))
        self._apply.clicked.connect(self.applied)
        self._cancel = self._button(self.tr("Cancel (Esc)"))
        self._cancel.clicked.connect(self.cancelled)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        column = QVBoxLayout(self)
        column.setContentsMargins(_SPACE, _SPACE, _SPACE, _SPACE)
        column.setSpacing(_SPACE)
        column.addWidget(self._apply)
        column.addWidget(self._cancel)

    def set_font_size(self, size: int) -> None:
        """Set the height of the words in logical pixels."""
        if size != self._font_size:
            self._font_size = size
            # A style sheet, since the program's own would win over a font.
            self.setStyleSheet(f"font-size: {size}px")

    def arrange(self, room: QRectF, region: QRectF | None, words: QRectF | None) -> None:
        """Stand in `room` off the region and the words beside it; without a region there is nothing to apply."""
        self._apply.setEnabled(region is not None)
        self.ensurePolished()
        size = self.sizeHint()
        self.setGeometry(QRect(free_place(size, room, region, words).toPoint(), size))

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        # The keys go on to the picture.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button


def free_place(size: QSize, room: QRectF, region: QRectF | None, words: QRectF | None) -> QPointF:
    """Return a corner of `room` off the region, its handles and the words; where there is none, one in the region."""
    corners = [
        QPointF(x, y)
        for x in (room.right() - size.width(), room.left())
        for y in (room.top(), room.bottom() - size.height())
    ]
    if region is None:
        return corners[0]
    taken = [_grown(region, OUTER_REACH), words or QRectF()]
    free = (corner for corner in corners if not any(QRectF(corner, size).intersects(place) for place in taken))
    inside = _grown(region, -OUTER_REACH) & room
    within = QRectF(QPointF(inside.right() - size.width(), inside.top()), size)
    return next(free, within.topLeft() if inside.contains(within) else corners[0])


def _grown(place: QRectF, by: float) -> QRectF:
    return place.adjusted(-by, -by, by, by)
