"""The pictures that are kept with a session: what the detector saw of every emission, and what was seen last."""

from __future__ import annotations

import io
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nhem_qt.monitor import RoiMode
from nhem_qt.session.info import KeptPicture, Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nhem_qt.detection import Peak
    from nhem_qt.frame import Pixels
    from nhem_qt.monitor import Monitor, RoiData, Sample

_THUMBNAIL_PX = 320
# The rise may be seen elsewhere in the picture before it reaches the focus; the fall is found where it ends.
_CLEAR_BEFORE_S = 0.15
_CLEAR_AFTER_S = 0.05
# A region opens some frames after the emission began; a picture so much older does not show it yet.
_WELL_BEFORE_S = 0.4
_ALL = 1_000_000
# The fastest compression: pictures come while something is measured, and a snapshot must be written within 50 ms.
_PNG_COMPRESSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class TakenPicture:
    """A picture that is to be kept, not compressed yet; the fields are those of KeptPicture."""

    peak_index: int
    moment: Moment
    small: bool
    t_s: float
    picture: RoiData

    def kept(self) -> KeptPicture:
        """Compress it; the large ROI at an emission is scaled down."""
        frame = self.picture.frame
        reduced = not self.small and self.moment is not Moment.LAST
        png = png_of(frame.pixels, _THUMBNAIL_PX if reduced else None)
        return KeptPicture(self.peak_index, self.moment, self.small, self.t_s, frame.roi, self.picture.gray_value, png)


class PictureChoice:
    """Chooses which pictures of a monitor are kept; `zero_s` is the start of the session on the clock of its source.

    Where the whole region is measured, the picture of the large ROI says it all.
    """

    def __init__(self, monitor: Monitor, zero_s: float) -> None:
        self._monitor = monitor
        self._zero_s = zero_s
        self._in_region_s = -math.inf
        self._before_region: dict[bool, Sequence[RoiData]] = {}

    def watch(self, sample: Sample) -> None:
        """Hold what was seen before a region opens: when the peak is decided, that may have left the histories."""
        if not sample.in_peak_region:
            return
        t_s = sample.measurement.t_s
        # Dips of the plateau and ticks that fail amid an emission do not end it.
        if t_s - self._in_region_s > _WELL_BEFORE_S:
            latest_s = t_s - _WELL_BEFORE_S
            self._before_region = {small: self._until(latest_s, self._seen(small=small))[-1:] for small in self._kinds}
        self._in_region_s = t_s

    def of(self, peak: Peak) -> Iterator[TakenPicture]:
        """Yield one picture each before, during and after an emission that has just been decided."""
        for small in self._kinds:
            pictures = self._seen(small=small)
            left = [one for one in self._before_region.get(small, ()) if self._time_s(one) < self._time_s(pictures[0])]
            for moment, picture in self._around(peak, (*left, *pictures)):
                yield TakenPicture(peak.peak_index, moment, small, self._time_s(picture), picture)

    def last(self) -> Iterator[TakenPicture]:
        """Yield the newest pictures, not scaled down."""
        for small, picture in ((False, self._monitor.large_picture), (True, self._monitor.small_picture)):
            if picture is not None:
                yield TakenPicture(0, Moment.LAST, small, self._time_s(picture), picture)

    @property
    def _kinds(self) -> tuple[bool, ...]:
        return (False, True) if self._monitor.regions.mode is RoiMode.DUAL else (False,)

    def _seen(self, *, small: bool) -> list[RoiData]:
        monitor = self._monitor
        return monitor.get_small_roi_history(_ALL) if small else monitor.get_large_roi_history(_ALL)

    def _time_s(self, picture: RoiData) -> float:
        return picture.frame.t_s - self._zero_s

    def _from(self, begin_s: float, pictures: Sequence[RoiData]) -> Sequence[RoiData]:
        return pictures[bisect_left(pictures, begin_s, key=self._time_s) :]

    def _until(self, end_s: float, pictures: Sequence[RoiData]) -> Sequence[RoiData]:
        return pictures[: bisect_right(pictures, end_s, key=self._time_s)]

    def _around(self, peak: Peak, pictures: Sequence[RoiData]) -> Iterator[tuple[Moment, RoiData]]:
        """Yield the last picture clear of the start, the one next to the highest gray value, and the last of all.

        `pictures` are in time order. All of the same region; none where there is none, for a picture of another moment
        would be no evidence.
        """
        during = self._until(peak.end_s, self._from(peak.start_s, pictures))
        if not during:
            return
        highest_s = _time_of_highest_s(peak)
        top = min(during, key=lambda picture: abs(self._time_s(picture) - highest_s))
        before = self._until(peak.start_s - _CLEAR_BEFORE_S, pictures)
        after = self._from(peak.end_s + _CLEAR_AFTER_S, pictures)
        for moment, near in ((Moment.BEFORE, before), (Moment.DURING, (top,)), (Moment.AFTER, after)):
            newest = next((picture for picture in reversed(near) if picture.frame.roi == top.frame.roi), None)
            if newest is not None:
                yield moment, newest


def png_of(bgra: Pixels, longest_px: int | None = None) -> bytes:
    """Return BGRA pixels, shape (h, w, 4), uint8, as PNG without alpha; no side longer than `longest_px` if given."""
    height, width = bgra.shape[:2]
    image = Image.frombuffer("RGB", (width, height), np.ascontiguousarray(bgra), "raw", "BGRX", 0, 1)
    if longest_px is not None:
        image.thumbnail((longest_px, longest_px), Image.Resampling.BOX)
    buffer = io.BytesIO()
    image.save(buffer, "png", compress_level=_PNG_COMPRESSION)
    return buffer.getvalue()


def _time_of_highest_s(peak: Peak) -> float:
    frames = peak.end_frame - peak.start_frame
    share = (peak.peak_frame - peak.start_frame) / frames if frames else 0.0
    return peak.start_s + share * (peak.end_s - peak.start_s)
