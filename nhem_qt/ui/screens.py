"""Qt's logical coordinates and the device pixels of the screens, and where a window is out of the way."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtCore import QRect

# Qt rounds the logical size of a screen to whole numbers: at a ratio of 3 this is up to 2 device pixels.
_ROUNDING_PX = 2


@dataclass(frozen=True, slots=True)
class LogicalRect:
    """Half-open rectangle in Qt's logical (device independent) pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column that is no more inside."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row that is no more inside."""
        return self.top + self.height

    def holds(self, x: float, y: float) -> bool:
        """Whether a position lies inside."""
        return self.left <= x < self.right and self.top <= y < self.bottom


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: its logical geometry, what of it windows may use, where its first device pixel is, and the ratio."""

    geometry: LogicalRect
    available: LogicalRect
    origin_px: tuple[int, int]
    ratio: float

    def to_device(self, x: float, y: float) -> tuple[float, float]:
        """Return the device pixel position of a logical one."""
        left, top = self.origin_px
        return (x - self.geometry.left) * self.ratio + left, (y - self.geometry.top) * self.ratio + top

    def to_logical(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Return the logical position of a device pixel position."""
        left, top = self.origin_px
        return (x_px - left) / self.ratio + self.geometry.left, (y_px - top) / self.ratio + self.geometry.top

    def device_rect(self, rect: LogicalRect) -> Roi:
        """Return the device pixels that a logical rectangle touches."""
        x1, y1 = self.to_device(rect.left, rect.top)
        x2, y2 = self.to_device(rect.right, rect.bottom)
        return Roi(floor(x1), floor(y1), ceil(x2), ceil(y2))


def device_rect(window: LogicalRect, screens: Sequence[Screen]) -> Roi:
    """Return the device pixels of a window; the screen with its centre, else the first, tells the scale."""
    x, y = window.left + window.width / 2, window.top + window.height / 2
    home = next((screen for screen in screens if screen.geometry.holds(x, y)), screens[0])
    return home.device_rect(window)


def covers(window_px: Roi, region: Roi) -> bool:
    """Whether a window at `window_px` hides a part of `region` (both device pixels)."""
    return window_px.clamp(region) is not None


def place_off(window_size: tuple[int, int], region: Roi, screens: Sequence[Screen]) -> tuple[int, int] | None:
    """Return where a window (frame and all, logical) hides nothing of `region` (device pixels), or None.

    The position is logical, the window lies wholly in the available part of one screen, as far from the region as it
    goes: right of it, left, below or above; the screens are tried in their order.
    """
    return next((place for screen in screens for place in _places(window_size, region, screen)), None)


def squeeze_off(
    window_size: tuple[int, int], least_size: tuple[int, int], region: Roi, screens: Sequence[Screen]
) -> LogicalRect | None:
    """Return where a window made smaller hides nothing of `region` (device pixels): as large as goes there.

    None if not even `least_size` has room beside, above or below the region. Sizes are of the frame, logical.
    """
    (width, height), (least_width, least_height) = window_size, least_size
    fitting = [
        LogicalRect(room.left, room.top, min(width, room.width), min(height, room.height))
        for screen in screens
        for room in _rooms(region, screen)
        if room.width >= least_width and room.height >= least_height
    ]
    return max(fitting, key=lambda rect: rect.width * rect.height, default=None)


def match_monitors(screens: Sequence[tuple[LogicalRect, float]], monitors: Sequence[Roi]) -> list[tuple[Roi, float]]:
    """Return for every screen (logical geometry, device pixel ratio) its monitor in device pixels, and the true ratio.

    Each monitor is given away once, in this order: the one of the same size at the same origin (on X11 and Windows Qt
    keeps the native origin of a screen and scales its size only); the first one left of the same size; the first one
    left, whose size then tells the ratio (macOS is captured in points). Without any, what Qt itself says is taken.
    """
    native = [_native_rect(geometry, ratio) for geometry, ratio in screens]
    left = list(monitors)
    found: dict[int, Roi] = {}
    for fits in (_same_place, _same_size, _any_size):
        for index, mine in enumerate(native):
            match = next((monitor for monitor in left if index not in found and fits(mine, monitor)), None)
            if match is not None:
                found[index] = match
                left.remove(match)
    matches = [found.get(index, mine) for index, mine in enumerate(native)]
    return [(match, _ratio(match, *screen)) for match, screen in zip(matches, screens, strict=True)]


def read_screens(monitors: Sequence[Roi]) -> list[Screen]:
    """Return the screens of this machine, the primary one first; `monitors` as the capture lists them."""
    screens = QGuiApplication.screens()
    geometries = [_logical(screen.geometry()) for screen in screens]
    matches = match_monitors(
        [(geometry, screen.devicePixelRatio()) for geometry, screen in zip(geometries, screens, strict=True)], monitors
    )
    return [
        Screen(geometry, _logical(screen.availableGeometry()), (monitor.x1, monitor.y1), ratio)
        for screen, geometry, (monitor, ratio) in zip(screens, geometries, matches, strict=True)
    ]


def _places(window_size: tuple[int, int], region: Roi, screen: Screen) -> Iterator[tuple[int, int]]:
    width, height = window_size
    room = screen.available
    if width > room.width or height > room.height:
        return
    far_right, far_below = room.right - width, room.bottom - height
    for x, y in ((far_right, room.top), (room.left, room.top), (room.left, far_below)):
        if not covers(screen.device_rect(LogicalRect(x, y, width, height)), region):
            yield x, y


def _rooms(region: Roi, screen: Screen) -> Iterator[LogicalRect]:
    """Yield the parts of a screen left of a region, right of it, above and below; some may be empty."""
    room = screen.available
    left, top = (floor(edge) for edge in screen.to_logical(region.x1, region.y1))
    right, bottom = (ceil(edge) for edge in screen.to_logical(region.x2, region.y2))
    yield LogicalRect(room.left, room.top, min(left, room.right) - room.left, room.height)
    begin = max(right, room.left)
    yield LogicalRect(begin, room.top, room.right - begin, room.height)
    yield LogicalRect(room.left, room.top, room.width, min(top, room.bottom) - room.top)
    begin = max(bottom, room.top)
    yield LogicalRect(room.left, begin, room.width, room.bottom - begin)


def _native_rect(geometry: LogicalRect, ratio: float) -> Roi:
    width, height = round(geometry.width * ratio), round(geometry.height * ratio)
    return Roi(geometry.left, geometry.top, geometry.left + width, geometry.top + height)


def _ratio(monitor: Roi, geometry: LogicalRect, ratio: float) -> float:
    if _same_size(_native_rect(geometry, ratio), monitor):
        return ratio
    return monitor.width / geometry.width


def _same_place(screen: Roi, monitor: Roi) -> bool:
    return (screen.x1, screen.y1) == (monitor.x1, monitor.y1) and _same_size(screen, monitor)


def _same_size(screen: Roi, monitor: Roi) -> bool:
    return abs(screen.width - monitor.width) <= _ROUNDING_PX and abs(screen.height - monitor.height) <= _ROUNDING_PX


def _any_size(_screen: Roi, _monitor: Roi) -> bool:
    return True


def _logical(rect: QRect) -> LogicalRect:
    return LogicalRect(rect.x(), rect.y(), rect.width(), rect.height())
