"""The pictures of one tick."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.geometry import SMALL_ROI_SIZE_PX, Roi

if TYPE_CHECKING:
    from nhem_qt.frame import Frame
    from nhem_qt.monitor.sample import Status


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
    """Large (1) and small (2) ROI of one attempt to take both; None where there is none.

    `t_s` is the capture time on the clock of the source, of both; `processing_time_ms` what it took to measure them,
    `extraction_latency_ms` what passed from the begin of the capture until they were. A quality score runs from 0 to 1
    (see quality_score). `errors` say what went wrong, `notices` what is odd but may be right. With `fallback_used`
    something else is shown than what was asked for: an older picture, or another region.
    """

    frame_count: int
    t_s: float
    status: Status
    roi1_data: RoiData | None = None
    roi2_data: RoiData | None = None
    processing_time_ms: float = 0.0
    extraction_latency_ms: float = 0.0
    spatial_relationship_valid: bool = False
    roi1_quality_score: float | None = None
    roi2_quality_score: float | None = None
    errors: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    fallback_used: bool = False

    @property
    def large_roi(self) -> RoiData | None:
        """The large ROI, by the name that callers of the predecessor know."""
        return self.roi1_data

    @property
    def small_roi(self) -> RoiData | None:
        """The small ROI, likewise."""
        return self.roi2_data


class PictureRing:
    """The last `capacity` pictures, fewer where they would exceed `max_bytes`; but always the newest.

    Every picture owns its pixels: a view would keep the whole grab alive, or show what a later grab writes there.
    """

    def __init__(self, capacity: int, max_bytes: int) -> None:
        self._capacity = capacity
        self._max_bytes = max_bytes
        self.bytes_held = 0
        """What the pixels of all pictures take."""
        self._pictures: deque[RoiData] = deque()

    @property
    def newest(self) -> RoiData | None:
        """The newest picture."""
        return self._pictures[-1] if self._pictures else None

    def last(self, count: int) -> list[RoiData]:
        """Return the last `count` pictures, oldest first."""
        return list(self._pictures)[-count:] if count > 0 else []

    def add(self, picture: RoiData) -> RoiData:
        """Append `picture`, or a copy of it, and return that; the oldest ones give way."""
        own = RoiData(picture.frame.owned(), picture.gray_value)
        self._pictures.append(own)
        self.bytes_held += own.frame.pixels.nbytes
        while len(self._pictures) > 1 and (len(self._pictures) > self._capacity or self.bytes_held > self._max_bytes):
            self.bytes_held -= self._pictures.popleft().frame.pixels.nbytes
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
