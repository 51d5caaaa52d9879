"""The newest picture, what is measured in it, and how far it can be trusted."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from nhem_qt.frame import SourceKind
from nhem_qt.geometry import InvalidRoiError
from nhem_qt.ui import overlays, palette, region_overlay
from nhem_qt.ui.letterbox import Letterbox
from nhem_qt.ui.overlays import Badge, Tone
from nhem_qt.ui.region_monitors import dead_areas
from nhem_qt.ui.region_picker import PADDING, RegionPicker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QPaintEvent

    from nhem_qt.frame import Frame, Pixels
    from nhem_qt.geometry import Roi
    from nhem_qt.monitor import Regions

_GUIDANCE_SIZE = 20
_SETTLE_MS = 120
# Smooth scaling costs about 1.5 ms per million pixels made and 0.25 ms per million pixels read: with this limit 5 ms.
_SMOOTH_LIMIT_PX = 2_500_000
_READ_SHARE = 6
_FADE = QColor(20, 23, 26, 110)

_MINUTE_S, _HOUR_S = 60, 3600


class PictureState(StrEnum):
    """What the picture stands for just now."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    STALE = "stale"
    FAILED = "failed"


_STATE_TONES = {
    PictureState.IDLE: Tone.PLAIN,
    PictureState.RUNNING: Tone.GOOD,
    PictureState.PAUSED: Tone.NOTE,
    PictureState.STALE: Tone.WARNING,
    PictureState.FAILED: Tone.ERROR,
}
_SOURCE_TONES = {SourceKind.DEMO: Tone.NOTE, SourceKind.SINE: Tone.NOTE, SourceKind.SIMULATED: Tone.WARNING}


class ImageView(RegionPicker):
    """Shows a picture of the screen as large as fits, and lets a region be selected in it.

    All regions are device pixels. The view owns the pixels it shows; a Frame is free again when `show_frame` returns.
    """

    region_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._roi: Roi | None = None
        self._small_roi: Roi | None = None
        self._preview: Regions | None = None
        self._picture = QImage()
        self._scaled = QImage()
        self._mode: Literal["dual", "single"] | None = None
        self._source: SourceKind | None = None
        self._state: PictureState | None = None
        self._age = ""
        self._monitors: tuple[Roi, ...] = ()
        self._dead_areas: list[Roi] = []
        self._settle = QTimer(singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._on_settle_timeout)
        self.setMinimumSize(320, 240)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Picture of the region"))
        self._lay_out_guidance()

    @property
    def roi(self) -> Roi | None:
        """The device pixels that the picture shows, or None without a picture."""
        return self._roi

    def show_frame(self, frame: Frame, small_roi: Roi | None) -> None:
        """Show this picture, with a box around `small_roi` (inside it) if given; copies the pixels once."""
        self._picture = _owned_image(frame.pixels)
        self._roi, self._small_roi = frame.roi, small_roi
        self._guidance.hide()
        self._rescale()
        self.update()

    def show_preview(self, regions: Regions | None) -> None:
        """Outline regions inside the picture that are not measured yet; None outlines none."""
        if regions != self._preview:
            self._preview = regions
            self.update()

    def clear_picture(self) -> None:
        """Show no picture but the guidance."""
        self._roi = self._small_roi = None
        self._picture = self._scaled = QImage()
        self._guidance.show()
        self.update()

    def set_guidance(self, text: str, *, with_button: bool = True) -> None:
        """Say what is to be done while there is no picture."""
        self._guidance_text.setText(text)
        self._select_button.setVisible(with_button)

    def set_mode(self, mode: Literal["dual", "single"] | None) -> None:
        """Set the badge for the mode; None takes it away."""
        if mode != self._mode:
            self._mode = mode
            self.update()

    def set_source(self, source: SourceKind | None) -> None:
        """Set the badge for the source; None takes it away."""
        if source is not self._source:
            self._source = source
            self.update()

    def set_state(self, state: PictureState | None, age_s: float | None = None) -> None:
        """Set the badge for the state, and how old the picture is if it is stale or failed; None takes it away."""
        age = "" if age_s is None else self._age_text(int(age_s))
        if (state, age) != (self._state, self._age):
            self._state, self._age = state, age
            self.update()

    @property
    def is_old(self) -> bool:
        """Whether the picture is marked as one that is no longer so."""
        return self._state in {PictureState.STALE, PictureState.FAILED}

    def set_monitors(self, monitors: Sequence[Roi]) -> None:
        """Draw the borders of these monitors over the picture now shown, and where none of them is; () draws none."""
        self._monitors = tuple(monitors)
        self._dead_areas = dead_areas(self._roi, monitors) if self._roi else []
        self.update()

    def pixels_at(self, roi: Roi) -> Pixels:
        """Return a copy of the pixels shown at `roi` (inside the picture): BGRA, shape (roi.height, roi.width, 4)."""
        if self._roi is None or not self._roi.contains(roi):
            raise InvalidRoiError(f"ROI {roi} is not inside of the picture at {self._roi}")
        # Not `bits`: that copies a picture which the scaled one shares.
        shown = _as_pixels(self._picture.constBits(), self._picture)
        return shown[roi.slices_in(self._roi)].copy()

    def letterbox(self) -> Letterbox | None:
        """Where the picture is just now, or None without a picture."""
        if self._roi is None:
            return None
        origin = QPointF(self.mapTo(self.window(), QPointF(0, 0)))
        return Letterbox.fit(
            self._roi,
            (self.width(), self.height()),
            ratio=self.devicePixelRatioF(),
            origin=(origin.x(), origin.y()),
            padding=PADDING,
        )

    def sizeHint(self) -> QSize:
        """Ask for the room of a usual region."""
        return QSize(640, 480)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, then what is known of it."""
        painter = QPainter(self)
        letterbox = self.letterbox()
        if letterbox is None:
            painter.fillRect(event.rect(), palette.BACKGROUND)
        else:
            painter.save()
            painter.scale(1 / letterbox.ratio, 1 / letterbox.ratio)
            self._paint_picture(painter, letterbox)
            painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self._paint_alarm(painter, letterbox)
        self._paint_badges(painter, letterbox)
        if letterbox is not None:
            self._paint_words(painter, letterbox, room)

    def hideEvent(self, event: QHideEvent) -> None:
        """Scale nothing that nobody sees."""
        self._settle.stop()
        super().hideEvent(event)

    def _on_settle_timeout(self) -> None:
        self._rescale()
        self.update()

    def _lay_out_guidance(self) -> None:
        self._guidance = QWidget(self)
        self._guidance_text = QLabel(self._guidance)
        self._guidance_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._guidance_text.setWordWrap(True)
        self._select_button = QPushButton(self.tr("Select &region..."), self._guidance)
        self._select_button.clicked.connect(self.region_requested)
        # A style sheet, since the program's own would win over a font.
        self._guidance.setStyleSheet(f"font-size: {_GUIDANCE_SIZE}px")
        column = QVBoxLayout(self._guidance)
        column.setSpacing(_GUIDANCE_SIZE)
        column.addWidget(self._guidance_text)
        column.addWidget(self._select_button, alignment=Qt.AlignmentFlag.AlignHCenter)
        around = QVBoxLayout(self)
        around.addWidget(self._guidance, alignment=Qt.AlignmentFlag.AlignVCenter)

    def _rescale(self) -> None:
        letterbox = self.letterbox()
        if letterbox is None:
            return
        size = QSize(letterbox.width, letterbox.height)
        cost_px = size.width() * size.height() + letterbox.roi.area_px // _READ_SHARE
        smooth = cost_px <= _SMOOTH_LIMIT_PX
        how = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation
        self._scaled = self._picture.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, how)

    def _paint_picture(self, painter: QPainter, letterbox: Letterbox) -> None:
        """Draw in physical pixels."""
        place = QRectF(letterbox.left, letterbox.top, letterbox.width, letterbox.height)
        view = QRectF(0, 0, self.width() * letterbox.ratio, self.height() * letterbox.ratio)
        overlays.fill_around(painter, place, view, palette.BACKGROUND)
        if self._scaled.size() == QSize(letterbox.width, letterbox.height):
            painter.drawImage(place.topLeft(), self._scaled)
        else:
            painter.drawImage(place, self._picture)
            self._settle.start()
        if self.is_old:
            painter.fillRect(place, _FADE)
        if self._small_roi is not None:
            colour = palette.MUTED if self.is_selecting else palette.ACCENT
            overlays.draw_box(
                painter, overlays.outline_of(letterbox, self._small_roi), colour, overlays.line_width(letterbox.ratio)
            )
        for roi in () if self._preview is None else {self._preview.large, self._preview.small}:
            outline = overlays.outline_of(letterbox, roi)
            overlays.draw_box(painter, outline, palette.AMBER, overlays.line_width(letterbox.ratio))
        region_overlay.draw_monitors(painter, letterbox, self._monitors, self._dead_areas)
        self.paint_selection(painter, letterbox)

    def _paint_alarm(self, painter: QPainter, letterbox: Letterbox | None) -> QRectF:
        """Warn of a picture that is not live or not measured; return the room left for other words."""
        lines = self._alarm_lines()
        if not lines:
            return self.room()
        colour = palette.RED if self._state is PictureState.FAILED else palette.AMBER
        overlays.draw_hatched_frame(painter, self._picture_place(letterbox), PADDING, colour)
        painter.setFont(overlays.tabular(self.font(), self.word_size(), bold=True))
        return overlays.draw_banner(painter, "\n".join(lines), self.room(), colour)

    def _paint_badges(self, painter: QPainter, letterbox: Letterbox | None) -> None:
        font = overlays.tabular(self.font(), self.word_size(), bold=True)
        painter.setFont(font)
        badges = self._badges()
        places = overlays.badge_places(badges, font, self.room(), self._picture_place(letterbox))
        for badge, place in zip(badges, places, strict=True):
            overlays.draw_badge(painter, badge, place)

    def _paint_words(self, painter: QPainter, letterbox: Letterbox, room: QRectF) -> None:
        painter.setFont(self.label_font())
        region_overlay.draw_monitor_names(painter, letterbox, self._monitors)
        self.paint_selection_words(painter, letterbox, room)

    def _picture_place(self, letterbox: Letterbox | None) -> QRectF:
        return self.room() if letterbox is None else overlays.place_of(letterbox, letterbox.roi)

    def _badges(self) -> list[Badge]:
        badges = []
        if self._mode is not None:
            badges.append(Badge(self.tr("DUAL") if self._mode == "dual" else self.tr("SINGLE"), self._mode))
        if self._source is not None:
            tone = _SOURCE_TONES.get(self._source, Tone.PLAIN)
            glyph = "warning" if self._source is SourceKind.SIMULATED else self._source.value
            badges.append(Badge(self._source_word(self._source), glyph, tone))
        if self._state is not None:
            badges.append(Badge(self._state_word(self._state), self._state.value, _STATE_TONES[self._state]))
        return badges

    def _source_word(self, source: SourceKind) -> str:
        return {
            SourceKind.SCREEN: self.tr("SCREEN"),
            SourceKind.VIDEO: self.tr("VIDEO"),
            SourceKind.CSV: self.tr("CSV"),
            SourceKind.DEMO: self.tr("DEMO"),
            SourceKind.SINE: self.tr("SINE"),
            SourceKind.SIMULATED: self.tr("SIMULATED"),
        }[source]

    def _state_word(self, state: PictureState) -> str:
        return {
            PictureState.IDLE: self.tr("IDLE"),
            PictureState.RUNNING: self.tr("RUNNING"),
            PictureState.PAUSED: self.tr("PAUSED"),
            PictureState.STALE: self.tr("STALE"),
            PictureState.FAILED: self.tr("FAILED"),
        }[state]

    def _alarm_lines(self) -> list[str]:
        lines = []
        if self._state is PictureState.FAILED:
            lines.append(self.tr("CAPTURE FAILED"))
        if self._state is PictureState.STALE:
            lines.append(self.tr("NOT LIVE"))
        if self._age and lines:
            lines[0] += f" \N{MIDDLE DOT} {self._age}"
        if self._source is SourceKind.SIMULATED:
            lines.append(self.tr("SIMULATED, NOT MEASURED"))
        return lines

    def _age_text(self, age_s: int) -> str:
        if age_s < _MINUTE_S:
            return self.tr("picture {0} s old").format(age_s)
        if age_s < _HOUR_S:
            return self.tr("picture {0} min old").format(age_s // _MINUTE_S)
        return self.tr("picture {0} h old").format(age_s // _HOUR_S)


def _owned_image(pixels: Pixels) -> QImage:
    height, width = pixels.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    _as_pixels(image.bits(), image)[...] = pixels
    return image


def _as_pixels(bits: bytes | bytearray | memoryview[int], image: QImage) -> Pixels:
    return np.frombuffer(bits, np.uint8).reshape(image.height(), image.width(), 4)
