"""The newest picture, what is measured in it, and how far it can be trusted."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from nhem_qt.frame import SourceKind
from nhem_qt.ui import overlays, palette
from nhem_qt.ui.letterbox import Letterbox
from nhem_qt.ui.overlays import Badge, Tone
from nhem_qt.ui.rubber_band import RubberBand

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPaintEvent

    from nhem_qt.frame import Frame, Pixels
    from nhem_qt.geometry import Roi

_PADDING = 10
_CLICK = 4
_GUIDANCE_SIZE = 20
_SMALLEST_WORDS, _LARGEST_WORDS = 16, 48
_SETTLE_MS = 120
_NUDGE_PX, _BIG_NUDGE_PX = 1, 10
# Smooth scaling costs about 1.5 ms per million pixels made and 0.25 ms per million pixels read: with this limit 5 ms.
_SMOOTH_LIMIT_PX = 2_500_000
_READ_SHARE = 6
_FADE = QColor(20, 23, 26, 110)

_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
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


class ImageView(QLabel):
    """Shows a picture of the screen as large as fits, and lets a region be drawn in it.

    All regions are device pixels. The view owns the pixels it shows; a Frame is free again when `show_frame` returns.
    """

    region_requested = Signal()
    roi_changing = Signal(object)
    """The region while it is being drawn: Roi, or None while it holds no pixel."""
    roi_changed = Signal(object)
    """The region that was drawn: Roi."""
    selection_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._roi: Roi | None = None
        self._small_roi: Roi | None = None
        self._picture = QImage()
        self._scaled = QImage()
        self._mode: Literal["dual", "single"] | None = None
        self._source: SourceKind | None = None
        self._state: PictureState | None = None
        self._age = ""
        self._band: RubberBand | None = None
        self._pressed_at: QPointF | None = None
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

    @property
    def selection(self) -> Roi | None:
        """The region drawn so far, or None."""
        return self._band.roi if self._band else None

    @property
    def is_selecting(self) -> bool:
        """Whether a region can be drawn just now."""
        return self._band is not None

    def show_frame(self, frame: Frame, small_roi: Roi | None) -> None:
        """Show this picture, with a box around `small_roi` (inside it) if given; copies the pixels once."""
        self._picture = _owned_image(frame.pixels)
        self._roi, self._small_roi = frame.roi, small_roi
        self._guidance.hide()
        self._rescale()
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
        self._mode = mode
        self.update()

    def set_source(self, source: SourceKind | None) -> None:
        """Set the badge for the source; None takes it away."""
        self._source = source
        self.update()

    def set_state(self, state: PictureState | None, age_s: float | None = None) -> None:
        """Set the badge for the state, and how old the picture is if it is stale or failed; None takes it away."""
        age = "" if age_s is None else self._age_text(int(age_s))
        if (state, age) != (self._state, self._age):
            self._state, self._age = state, age
            self.update()

    def begin_selection(self, bounds: Roi, roi: Roi | None = None) -> None:
        """Let a region inside `bounds` be drawn, starting from `roi` if given."""
        self._band = RubberBand(bounds, roi)
        self.setCursor(Qt.CursorShape.CrossCursor)
        # Moves without a button tell of a release that went elsewhere.
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()
        self.update()

    def set_selection(self, roi: Roi | None) -> None:
        """Replace the region being drawn; no signal tells of it."""
        if self._band and not self._band.is_dragging:
            self._band.roi = roi
            self.update()

    def end_selection(self) -> None:
        """Forget the region being drawn; no signal tells of it."""
        self._band = self._pressed_at = None
        self.unsetCursor()
        self.setMouseTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.update()

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
            padding=_PADDING,
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
        self._paint_words(painter, letterbox, room)

    def hideEvent(self, event: QHideEvent) -> None:
        """End a drag: its release would never come; and scale nothing that nobody sees."""
        self._drop_drag()
        self._settle.stop()
        super().hideEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a region."""
        letterbox = self.letterbox()
        if self._band is None or letterbox is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._pressed_at = event.position()
        self._band.press(letterbox.border_at(self._pressed_at.x(), self._pressed_at.y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the region on."""
        if self._band is None or not self._band.is_dragging:
            super().mouseMoveEvent(event)
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._drag_to(event.position())
        else:
            self._drop_drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish the region."""
        if self._band is None or not self._band.is_dragging or event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
            return
        self._drag_to(event.position())
        self._finish_drag()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels a selection; the arrow keys move the region by one pixel, with Shift by ten."""
        if self._band is None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.end_selection()
            self.selection_cancelled.emit()
        elif event.key() in _STEPS:
            self._nudge(*_STEPS[Qt.Key(event.key())], event.modifiers())
        else:
            super().keyPressEvent(event)

    def _on_settle_timeout(self) -> None:
        self._rescale()
        self.update()

    def _lay_out_guidance(self) -> None:
        self._guidance = QWidget(self)
        self._guidance_text = QLabel(self.tr("Select the region that holds the ultrasound picture."), self._guidance)
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
        if self._state in {PictureState.STALE, PictureState.FAILED}:
            painter.fillRect(place, _FADE)
        if self._small_roi is not None:
            colour = palette.MUTED if self._band else palette.ACCENT
            overlays.draw_box(painter, _outline(letterbox, self._small_roi), colour, _line_width(letterbox))
        self._paint_selection(painter, letterbox, place)

    def _paint_selection(self, painter: QPainter, letterbox: Letterbox, place: QRectF) -> None:
        roi = self.selection
        if roi is None:
            return
        box = _outline(letterbox, roi)
        overlays.fill_around(painter, box, place, overlays.SHADE)
        for line in {roi, roi.centre()}:
            overlays.draw_box(painter, _outline(letterbox, line), palette.ACCENT, _line_width(letterbox))

    def _paint_alarm(self, painter: QPainter, letterbox: Letterbox | None) -> QRectF:
        """Warn of a picture that is not live or not measured; return the room left for other words."""
        lines = self._alarm_lines()
        if not lines:
            return self._room()
        colour = palette.RED if self._state is PictureState.FAILED else palette.AMBER
        overlays.draw_hatched_frame(painter, self._picture_place(letterbox), _PADDING, colour)
        painter.setFont(overlays.tabular(self.font(), self._word_size(), bold=True))
        return overlays.draw_banner(painter, "\n".join(lines), self._room(), colour)

    def _paint_badges(self, painter: QPainter, letterbox: Letterbox | None) -> None:
        font = overlays.tabular(self.font(), self._word_size(), bold=True)
        painter.setFont(font)
        badges = self._badges()
        places = overlays.badge_places(badges, font, self._room(), self._picture_place(letterbox))
        for badge, place in zip(badges, places, strict=True):
            overlays.draw_badge(painter, badge, place)

    def _paint_words(self, painter: QPainter, letterbox: Letterbox | None, room: QRectF) -> None:
        """Say where the region is that is being drawn, or how to draw one."""
        if self._band is None or letterbox is None:
            return
        painter.setFont(overlays.tabular(self.font(), self._word_size()))
        roi = self._band.roi
        if roi is not None:
            size = f"{roi.width} \N{MULTIPLICATION SIGN} {roi.height}"
            words = f"{roi.x1}, {roi.y1} \N{EN DASH} {roi.x2}, {roi.y2}   {size}"
            overlays.draw_label(painter, words, _logical_place(letterbox, roi), room)
        elif not self._band.is_dragging:
            overlays.draw_banner(painter, self.tr("Draw the region with the mouse. Esc: cancel"), room, palette.PANEL)

    def _picture_place(self, letterbox: Letterbox | None) -> QRectF:
        return self._room() if letterbox is None else _logical_place(letterbox, letterbox.roi)

    def _room(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)

    def _word_size(self) -> int:
        return min(max(self.height() // 26, _SMALLEST_WORDS), _LARGEST_WORDS)

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

    def _drag_to(self, position: QPointF) -> None:
        """Draw on; a click with a trembling hand draws nothing."""
        letterbox = self.letterbox()
        if self._band is None or letterbox is None or self._is_click(position):
            return
        self._pressed_at = None
        before = self._band.roi
        self._band.drag(letterbox.border_at(position.x(), position.y()))
        if self._band.roi != before:
            self.roi_changing.emit(self._band.roi)
        self.update()

    def _is_click(self, position: QPointF) -> bool:
        return self._pressed_at is not None and (position - self._pressed_at).manhattanLength() < _CLICK

    def _finish_drag(self) -> None:
        if self._band is None:
            return
        if self._band.release():
            self.roi_changed.emit(self._band.roi)
        else:
            self.roi_changing.emit(self._band.roi)
        self.update()

    def _drop_drag(self) -> None:
        if self._band is not None and self._band.is_dragging:
            self._band.drop()
            self.roi_changing.emit(self._band.roi)
            self.update()

    def _nudge(self, across: int, down: int, modifiers: Qt.KeyboardModifier) -> None:
        step_px = _BIG_NUDGE_PX if modifiers & Qt.KeyboardModifier.ShiftModifier else _NUDGE_PX
        if self._band is not None and self._band.nudge(across * step_px, down * step_px):
            self.roi_changed.emit(self._band.roi)
            self.update()


def _owned_image(pixels: Pixels) -> QImage:
    height, width = pixels.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    own = np.frombuffer(image.bits(), np.uint8).reshape(height, width, 4)
    own[...] = pixels
    return image


def _line_width(letterbox: Letterbox) -> int:
    # Whole pixels are crisp; more of them where they are small.
    return max(2, round(1.5 * letterbox.ratio))


def _outline(letterbox: Letterbox, roi: Roi) -> QRectF:
    left, top, right, bottom = letterbox.outline_of(roi)
    return QRectF(left, top, right - left, bottom - top)


def _logical_place(letterbox: Letterbox, roi: Roi) -> QRectF:
    return QRectF(QPointF(*letterbox.position_of(roi.x1, roi.y1)), QPointF(*letterbox.position_of(roi.x2, roi.y2)))
