"""What the keys do to a region that is being selected."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

_NUDGE_PX, _BIG_NUDGE_PX = 1, 10
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Command(Enum):
    """What a key asks for."""

    APPLY = auto()
    CANCEL = auto()
    UNDO = auto()
    REDO = auto()


class KeyStep(NamedTuple):
    """How far an arrow key moves the region, or with Ctrl its right and lower edge."""

    dx_px: int
    dy_px: int
    is_stretch: bool


def command_of(event: QKeyEvent) -> Command | None:
    """Return what the key asks for; None if it is not one of these keys."""
    key, modifiers = event.key(), event.modifiers()
    if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
        return Command.APPLY
    if key == Qt.Key.Key_Escape:
        return Command.CANCEL
    if key == Qt.Key.Key_Z and modifiers == _CTRL:
        return Command.UNDO
    # Platforms disagree about the key for this: both are known everywhere.
    if (key == Qt.Key.Key_Z and modifiers == _CTRL | _SHIFT) or (key == Qt.Key.Key_Y and modifiers == _CTRL):
        return Command.REDO
    return None


def step_of(event: QKeyEvent) -> KeyStep | None:
    """Return the step of an arrow key: 1 px, with Shift 10 px; None for any other key."""
    arrow = _ARROWS.get(event.key())
    if arrow is None:
        return None
    step_px = _BIG_NUDGE_PX if event.modifiers() & _SHIFT else _NUDGE_PX
    return KeyStep(arrow[0] * step_px, arrow[1] * step_px, bool(event.modifiers() & _CTRL))
