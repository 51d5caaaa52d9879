"""The pictures of one tick."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.geometry import SMALL_ROI_SIZE_PX, Roi

if TYPE_CHECKING:
    from nhem_qt.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class RoiData:
    """A picture of a ROI with its gray value, 0-255."""

    frame: Frame
    gray_value: float

    @classmethod
    def of(cls, frame: Frame) -> RoiData:
        """Measure `frame`."""
        return cls(frame, frame.gray)


@dataclass(frozen=True, slots=True, eq=False)
class DualRoiFrame:
    """Large and small ROI of one grab: both have the same capture time."""

    large_roi: RoiData
    small_roi: RoiData

    @property
    def t_s(self) -> float:
        """Capture time on the clock of the source."""
        return self.large_roi.frame.t_s


class PictureRing:
    """The last `capacity` pictures, fewer where they would exceed `max_bytes`; but always the newest.

    Every picture owns its pixels: a view would keep the whole grab alive, or show what a later grab writes there.
    """

    def __init__(self, capacity: int, max_bytes: int) -> None:
        self._capacity = capacity
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pictures: deque[RoiData] = deque()

    @property
    def newest(self) -> RoiData | None:
        """The newest picture."""
        return self._pictures[-1] if self._pictures else None

    def last(self, count: int) -> list[RoiData]:
        """Return the last `count` pictures, oldest first."""
        return list(self._pictures)[-count:] if count > 0 else []

    def add(self, picture: RoiData) -> RoiData:
        """Append a copy of `picture` and return it; the oldest ones give way."""
        own = RoiData(picture.frame.copy(), picture.gray_value)
        self._pictures.append(own)
        self._bytes += own.frame.pixels.nbytes
        while len(self._pictures) > 1 and (len(self._pictures) > self._capacity or self._bytes > self._max_bytes):
            self._bytes -= self._pictures.popleft().frame.pixels.nbytes
        return own


def extract_small_roi(large_frame: Frame, center_x: int | None = None, center_y: int | None = None) -> Frame:
    """Return the 50x50 px of `large_frame` at its centre, or around (center_x, center_y) in device pixels, as a view.

    All of it if it is smaller; a box that would reach over the edge is moved inside.
    """
    roi = large_frame.roi
    small = roi.centre()
    if small == roi:
        return large_frame
    half = SMALL_ROI_SIZE_PX // 2
    x1 = small.x1 if center_x is None else _within(center_x - half, roi.x1, roi.x2 - small.width)
    y1 = small.y1 if center_y is None else _within(center_y - half, roi.y1, roi.y2 - small.height)
    return large_frame.crop(Roi(x1, y1, x1 + small.width, y1 + small.height))


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
