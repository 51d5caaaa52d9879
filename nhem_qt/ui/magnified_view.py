"""Few pixels, each so large that it can be told from its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from nhem_qt.ui import overlays, palette

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from nhem_qt.frame import Pixels

_USUAL_PX = 200
_LEAST_PX = 80
_DIMMED = 0.35
# The measured box, 50 pixels wide as a rule, is shown at twice its size at least.
LEAST_MEASURED_PX = 100


class MagnifiedView(QWidget):
    """Shows few pixels large, each as a square, if wanted with a cross hair at the centre."""

    def __init__(self, parent: QWidget | None = None, *, cross_hair: bool = False) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._cross_hair = cross_hair
        self._dimmed = False
        self.setMinimumSize(_LEAST_PX, _LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_pixels(self, bgra: Pixels | None) -> None:
        """Show these pixels, shape (h, w, 4), uint8, from now on; copies them. None shows nothing."""
        if bgra is None:
            self.show_image(QImage())
        else:
            height, width = bgra.shape[:2]
            self.show_image(QImage(bgra.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy())

    def show_image(self, image: QImage) -> None:
        """Show this image, which owns its pixels, from now on; a null image shows nothing."""
        self._image = image
        self.update()

    def set_dimmed(self, *, dimmed: bool) -> None:
        """Show the pixels dark: they are old."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.update()

    def sizeHint(self) -> QSize:
        """Ask for a size at which single pixels can be told apart."""
        return QSize(_USUAL_PX, _USUAL_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all is painted
        """Draw the pixels as large as fits, at the left upper corner."""
        if self._image.isNull():
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        place = QRect(0, 0, *self._shown_size(self.size() * ratio).toTuple())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.width() < self._image.width())
        painter.setOpacity(_DIMMED if self._dimmed else 1.0)
        painter.drawImage(place, self._image)
        if self._cross_hair:
            overlays.draw_cross_hair(painter, place, max(1, round(ratio)), palette.ACCENT)

    def _shown_size(self, room: QSize) -> QSize:
        """Return how large the image is in physical pixels; all of its pixels alike where they can be enlarged."""
        fitting = self._image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
        factor = min(fitting.width() // self._image.width(), fitting.height() // self._image.height())
        return self._image.size() * factor if factor else fitting
