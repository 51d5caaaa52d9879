"""Selecting a region in a picture with mouse and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from nhem_qt.monitor import Regions, RoiMode
from nhem_qt.ui import overlays, palette, region_overlay
from nhem_qt.ui.region_bar import RegionBar
from nhem_qt.ui.region_grip import MOVE, OUTER_REACH, Grip, held_border
from nhem_qt.ui.region_keys import Command, command_of, step_of
from nhem_qt.ui.rubber_band import RubberBand

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QFont, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent

    from nhem_qt.geometry import Roi
    from nhem_qt.ui.letterbox import Letterbox
    from nhem_qt.ui.region_grip import Border

PADDING = 10
"""Free logical pixels around a picture."""

_CLICK = 4
_SMALLEST_WORDS, _LARGEST_WORDS = 16, 48
_LABEL_SHARE = 0.6
_DIAGONALS = {1: Qt.CursorShape.SizeFDiagCursor, -1: Qt.CursorShape.SizeBDiagCursor}


class RegionPicker(QLabel):
    """A view that knows where its picture is, and lets a region be selected in it.

    All regions are device pixels. A drag draws a region, pulls its edges or moves it; arrow keys move it by 1 px
    (Shift: 10), with Ctrl its right and lower edge. Enter, a double click and the button apply it, Esc cancels.
    Applying does not end the selection: whoever takes the region does, so that it can be refused.
    """

    roi_changing = Signal(object)
    """The region while it is being changed: Roi, or None while it holds no pixel."""
    roi_changed = Signal(object)
    """The region after a drag, a key or an undo: Roi."""
    selection_applied = Signal(object)
    """The region that is to be used: Roi."""
    selection_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._band: RubberBand | None = None
        self._measured_in = RoiMode.DUAL
        self._pressed_at: QPointF | None = None
        self._held_off = QPointF()
        self._bar = RegionBar(self)
        self._bar.applied.connect(self._apply)
        self._bar.cancelled.connect(self._cancel)
        self._bar.hide()

    @property
    def selection(self) -> Roi | None:
        """The region selected so far, or None."""
        return self._band.roi if self._band else None

    @property
    def is_selecting(self) -> bool:
        """Whether a region can be selected just now."""
        return self._band is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step of the selection to be undone."""
        return self._band is not None and self._band.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step of the selection."""
        return self._band is not None and self._band.can_redo

    def begin_selection(
        self, bounds: Roi, roi: Roi | None = None, *, mode: RoiMode = RoiMode.DUAL, with_buttons: bool = True
    ) -> None:
        """Let a region inside `bounds` be selected, from `roi` on if given; `mode` says what of it is measured."""
        self._band, self._measured_in = RubberBand(bounds, roi), mode
        self.setCursor(Qt.CursorShape.CrossCursor)
        # Moves without a button tell what a drag would do, and of a release that went elsewhere.
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()
        self._bar.setVisible(with_buttons)
        self._show_selection()

    def set_selection(self, roi: Roi | None) -> None:
        """Replace the region; no signal tells of it. It is a step to be undone once `commit_selection` is called."""
        if self._band and not self._band.is_dragging:
            self._band.roi = roi
            self._show_selection()

    def commit_selection(self) -> None:
        """Make what has changed since the last step a step to be undone."""
        if self._band:
            self._band.commit()

    def undo(self) -> None:
        """Go back one step of the selection, if there is one."""
        if self._band and self._band.undo():
            self._tell()

    def redo(self) -> None:
        """Take back one undo, if there is one."""
        if self._band and self._band.redo():
            self._tell()

    def end_selection(self) -> None:
        """Forget the region; no signal tells of it."""
        self._band = self._pressed_at = None
        self.unsetCursor()
        self.setMouseTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._bar.hide()
        self.update()

    def letterbox(self) -> Letterbox | None:
        """Where the picture is just now, or None without a picture."""
        raise NotImplementedError

    def paint_selection(self, painter: QPainter, letterbox: Letterbox) -> None:
        """Draw the region, in physical pixels."""
        if self.selection is not None:
            region_overlay.draw_selection(painter, letterbox, Regions(self._measured_in, self.selection))

    def paint_selection_words(self, painter: QPainter, letterbox: Letterbox, room: QRectF) -> None:
        """Say where the region is, or how to draw one."""
        if self._band is None:
            return
        painter.setFont(self.label_font())
        if self._band.roi is not None:
            overlays.draw_label(painter, _words(self._band.roi), self._words_place(letterbox, self._band.roi, room))
        elif not self._band.is_dragging:
            painter.setFont(overlays.tabular(self.font(), self.word_size()))
            overlays.draw_banner(painter, self.tr("Draw the region with the mouse. Esc: cancel"), room, palette.PANEL)

    def room(self) -> QRectF:
        """Return what of the view may be drawn in."""
        return QRectF(self.rect()).adjusted(PADDING, PADDING, -PADDING, -PADDING)

    def word_size(self) -> int:
        """Return the height of words that suits the view."""
        return min(max(self.height() // 26, _SMALLEST_WORDS), _LARGEST_WORDS)

    def label_font(self) -> QFont:
        """Return the font for what is written into the picture, and hides a part of it."""
        return overlays.tabular(self.font(), max(round(self.word_size() * _LABEL_SHARE), _SMALLEST_WORDS))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Bring the buttons to their place."""
        super().resizeEvent(event)
        self._arrange_bar()

    def hideEvent(self, event: QHideEvent) -> None:
        """End a drag: its release would never come."""
        self._drop_drag()
        super().hideEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End the step of a key: its release would never come."""
        self.commit_selection()
        super().focusOutEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a part of the region, or begin a new one."""
        letterbox = self.letterbox()
        if self._band is None or letterbox is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._pressed_at = event.position()
        grip = self._grip_at(self._pressed_at, letterbox)
        self._held_off = self._way_to_held(self._pressed_at, grip, letterbox)
        self._band.press(self._border_at(self._pressed_at, letterbox), grip)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag, or show what one would do here."""
        if self._band is None:
            super().mouseMoveEvent(event)
        elif not self._band.is_dragging:
            self._show_grip(event.position())
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._drag_to(event.position())
        else:
            self._drop_drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish a drag."""
        if self._band is None or not self._band.is_dragging or event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
            return
        self._drag_to(event.position())
        self._finish_drag()
        self._show_grip(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Apply the region that was clicked; the second press soon after a drag only begins another one."""
        was_click = self._pressed_at is not None
        if was_click and event.button() == Qt.MouseButton.LeftButton and self._is_inside(event.position()):
            self._apply()
        else:
            self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Apply, cancel, undo, move or stretch the region."""
        if not (self._obey(command_of(event)) or self._step(event)):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End the step of an arrow key, however often it was repeated."""
        if self._band is None or step_of(event) is None:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._band.commit()

    def _obey(self, command: Command | None) -> bool:
        """Do what a key asks for; return whether it could be asked."""
        if self._band is None or command is None or (command is Command.APPLY and self._band.roi is None):
            return False
        actions = {
            Command.APPLY: self._apply,
            Command.CANCEL: self._cancel,
            Command.UNDO: self.undo,
            Command.REDO: self.redo,
        }
        actions[command]()
        return True

    def _step(self, event: QKeyEvent) -> bool:
        step = step_of(event)
        if self._band is None or step is None:
            return False
        change = self._band.stretch if step.is_stretch else self._band.nudge
        if change(step.dx_px, step.dy_px):
            self._tell()
        return True

    def _apply(self) -> None:
        if self._band is not None and self._band.roi is not None and not self._band.is_dragging:
            self._band.commit()
            self.selection_applied.emit(self._band.roi)

    def _cancel(self) -> None:
        self.end_selection()
        self.selection_cancelled.emit()

    def _drag_to(self, position: QPointF) -> None:
        """Go on with the drag; a click with a trembling hand changes nothing."""
        letterbox = self.letterbox()
        if self._band is None or letterbox is None or self._is_click(position):
            return
        self._pressed_at = None
        before, border = self._band.roi, self._border_at(position, letterbox)
        self._band.drag(border)
        self.setCursor(_cursor(self._band.facing(border)))
        if self._band.roi != before:
            self.roi_changing.emit(self._band.roi)
        self._show_selection()

    def _finish_drag(self) -> None:
        if self._band is None:
            return
        if self._band.release():
            self.roi_changed.emit(self._band.roi)
        else:
            self.roi_changing.emit(self._band.roi)
        self._show_selection()

    def _drop_drag(self) -> None:
        if self._band is not None and self._band.is_dragging:
            self._band.drop()
            self.roi_changing.emit(self._band.roi)
            self._show_selection()

    def _tell(self) -> None:
        """Show a region that was changed otherwise than by a drag, and tell of it."""
        self._show_selection()
        if self.selection is None:
            self.roi_changing.emit(None)
        else:
            self.roi_changed.emit(self.selection)

    def _show_selection(self) -> None:
        self._arrange_bar()
        self.update()

    def _arrange_bar(self) -> None:
        letterbox, roi = self.letterbox(), self.selection
        self._bar.set_font_size(self.word_size())
        if letterbox is None or roi is None:
            self._bar.arrange(self.room(), None, None)
        else:
            words = self._words_place(letterbox, roi, self.room())
            self._bar.arrange(self.room(), overlays.place_of(letterbox, roi), words)

    def _show_grip(self, position: QPointF) -> None:
        letterbox = self.letterbox()
        if self._band is not None and letterbox is not None:
            self.setCursor(_cursor(self._grip_at(position, letterbox)))

    def _grip_at(self, position: QPointF, letterbox: Letterbox) -> Grip | None:
        if self._band is None or self._band.roi is None:
            return None
        place = overlays.place_of(letterbox, self._band.roi)
        edges = place.left(), place.top(), place.right(), place.bottom()
        return self._band.grip_at(position.x(), position.y(), edges)

    def _way_to_held(self, position: QPointF, grip: Grip | None, letterbox: Letterbox) -> QPointF:
        """Return the way from the mouse to the border it holds: so nothing jumps when the drag begins."""
        if self.selection is None or grip is None:
            return QPointF()
        return QPointF(*letterbox.position_of(*held_border(self.selection, grip))) - position

    def _border_at(self, position: QPointF, letterbox: Letterbox) -> Border:
        held = position + self._held_off
        return letterbox.border_at(held.x(), held.y())

    def _is_click(self, position: QPointF) -> bool:
        return self._pressed_at is not None and (position - self._pressed_at).manhattanLength() < _CLICK

    def _is_inside(self, position: QPointF) -> bool:
        letterbox, roi = self.letterbox(), self.selection
        return letterbox is not None and roi is not None and overlays.place_of(letterbox, roi).contains(position)

    def _words_place(self, letterbox: Letterbox, roi: Roi, room: QRectF) -> QRectF:
        place = overlays.place_of(letterbox, roi).adjusted(0, -OUTER_REACH, 0, OUTER_REACH)
        return overlays.label_place(self.label_font(), _words(roi), place, room)


def _words(roi: Roi) -> str:
    size = f"{roi.width} \N{MULTIPLICATION SIGN} {roi.height}"
    return f"{roi.x1}, {roi.y1} \N{EN DASH} {roi.x2}, {roi.y2}   {size}"


def _cursor(grip: Grip | None) -> Qt.CursorShape:
    if grip is None:
        return Qt.CursorShape.CrossCursor
    if grip == MOVE:
        return Qt.CursorShape.SizeAllCursor
    if 0 in grip:
        return Qt.CursorShape.SizeHorCursor if grip.across else Qt.CursorShape.SizeVerCursor
    return _DIAGONALS[grip.across * grip.down]
