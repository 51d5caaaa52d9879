"""The window's own place: within the screen, and off the region that it measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt

from nhem_qt.capture import monitors_now
from nhem_qt.ui.screens import LogicalRect, Screen, covers, device_rect, place_off, read_screens, squeeze_off

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from nhem_qt.geometry import Roi


def read_screens_now() -> list[Screen]:
    """Return the screens as they are just now; none if that is unknown."""
    monitors = monitors_now()
    return read_screens(monitors) if monitors else []


def fit_to_screen(window: QWidget) -> None:
    """Let a window that is larger than its screen fill just that: what reaches over the edge is not seen."""
    fitting = window.size().boundedTo(window.screen().availableSize())
    if fitting != window.size():
        window.resize(fitting)
        window.setWindowState(Qt.WindowState.WindowMaximized)


def covers_region(window: QWidget, region: Roi, screens: list[Screen]) -> bool:
    """Whether the window hides a part of `region` (device pixels)."""
    if not screens or not window.isVisible() or window.isMinimized():
        return False
    return covers(device_rect(_frame(window), screens), region)


def keep_off(window: QWidget, region: Roi, screens: list[Screen]) -> None:
    """Move the window off `region` where there is room, and make it smaller if that helps."""
    if not covers_region(window, region, screens):
        return
    frame = _frame(window)
    place = place_off((frame.width, frame.height), region, screens)
    if place is not None:
        window.showNormal()
        window.move(*place)
        return
    room = squeeze_off((frame.width, frame.height), _least_frame_size(window), region, screens)
    if room is not None:
        window.showNormal()
        window.move(room.left, room.top)
        window.resize(window.size() + QSize(room.width - frame.width, room.height - frame.height))


def _frame(window: QWidget) -> LogicalRect:
    frame = window.frameGeometry()
    return LogicalRect(frame.x(), frame.y(), frame.width(), frame.height())


def _least_frame_size(window: QWidget) -> tuple[int, int]:
    least = window.minimumSizeHint() + window.frameSize() - window.size()
    return least.width(), least.height()
