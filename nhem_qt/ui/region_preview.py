"""What will be measured, beside the picture in which the region is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nhem_qt.frame import gray_value
from nhem_qt.ui.magnified_view import MagnifiedView

if TYPE_CHECKING:
    from nhem_qt.frame import Pixels
    from nhem_qt.geometry import Roi

_NOTHING = "\N{EM DASH}"
_GRAY_SHARE = 1.9


class RegionPreview(QWidget):
    """Shows what will be measured, where it is, and its gray value; `side` is its largest width in logical pixels."""

    def __init__(self, side: int, font_size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._magnified = MagnifiedView(self, cross_hair=True)
        self._magnified.setMaximumSize(side, side)
        self._gray = QLabel(self)
        # A style sheet, since the program's own would win over a font.
        self._gray.setStyleSheet(f"font-size: {round(_GRAY_SHARE * font_size)}px; font-weight: 600")
        self._place = QLabel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(QLabel(self.tr("Will be measured"), self))
        column.addWidget(self._magnified, stretch=100)
        column.addWidget(self._gray)
        column.addWidget(self._place)
        column.addStretch()
        self.clear()

    def show_measured(self, roi: Roi, bgra: Pixels) -> None:
        """Show the pixels of the still at `roi`: BGRA, shape (roi.height, roi.width, 4), uint8; copies them."""
        self._magnified.show_pixels(bgra)
        self._gray.setText(self.tr("gray {0}").format(f"{gray_value(bgra):.1f}"))
        place = self.tr("{0} \N{MULTIPLICATION SIGN} {1} px at {2}, {3}")
        self._place.setText(place.format(roi.width, roi.height, roi.x1, roi.y1))

    def clear(self) -> None:
        """Show that there is no region."""
        self._magnified.show_pixels(None)
        self._gray.setText(self.tr("gray {0}").format(_NOTHING))
        self._place.setText(_NOTHING)
