"""Single pictures of a video, for choosing where to begin. Needs the extra `video`."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from nhem_qt.capture.source import CaptureError
from nhem_qt.capture.video import VideoSource
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from nhem_qt.capture.source import RecordedSource
    from nhem_qt.frame import Frame

# Times of the same frame may differ by a rounding, but never those of two frames.
_SLACK_S = 1e-6

_ONE_PIXEL = Roi(0, 0, 1, 1)

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is to be known of a video before it is measured; `last_s` is when its last frame is shown."""

    path: Path
    bounds: Roi
    rate_hz: float
    last_s: float

    @property
    def length_s(self) -> float:
        """How long it is shown: the last frame as long as is usual."""
        return self.last_s + 1 / self.rate_hz


def look_at(path: Path) -> VideoFacts:
    """Return what is to be known of a video; raises CaptureError if it cannot be read."""
    with contextlib.closing(VideoSource(path)) as source:
        return VideoFacts(path, source.bounds, source.rate_hz, _last_s(path, source))


def still_at(path: Path, t_s: float, *, after: bool = False) -> Frame:
    """Return the whole picture that is shown at `t_s`, or with `after` the first one from then on.

    Its `t_s` is the presentation time of VideoSource, to the bit. Before the first and after the last frame that one is
    returned. Raises CaptureError if the video cannot be read up to there.
    """
    with contextlib.closing(VideoSource(path)) as source:
        return _sought(path, t_s, after=after) or _reached(source, _time_of(path, t_s, after=after))


def frames_before(source: RecordedSource, t_s: float) -> Iterator[float]:
    """Pass over the frames before `t_s` without measuring them, so that those that follow have their true index.

    Yields the time of each of them; raises CaptureError.
    """
    while (upcoming_s := source.upcoming_s()) is not None and upcoming_s < t_s - _SLACK_S:
        source.grab(_ONE_PIXEL)
        yield upcoming_s


def _last_s(path: Path, source: VideoSource) -> float:
    """Return the time of the last frame; where it cannot be read, what the file says of it."""
    try:
        return still_at(path, math.inf).t_s
    except CaptureError:
        if source.length_s is None:
            raise
        return max(source.length_s - 1 / source.rate_hz, 0.0)


def _sought(path: Path, t_s: float, *, after: bool) -> Frame | None:
    """Return the frame that is meant; None if the file cannot be searched."""
    # Needs the extra, as VideoSource does, which has asked for it.
    from nhem_qt.capture.seeking import SearchedVideo  # noqa: PLC0415

    with contextlib.suppress(CaptureError), contextlib.closing(SearchedVideo(path)) as video:
        chosen = _chosen(video.frames_from(t_s), t_s, after=after)
        return None if chosen is None else video.picture(*chosen)
    return None


def _reached(source: VideoSource, t_s: float) -> Frame:
    for _ in frames_before(source, t_s):
        pass
    return source.grab(source.bounds)


def _time_of(path: Path, t_s: float, *, after: bool) -> float:
    """Return the time of the frame that is meant, found step by step."""
    with contextlib.closing(VideoSource(path)) as source:
        times = ((time_s, None) for time_s in frames_before(source, math.inf))
        chosen = _chosen(times, t_s, after=after)
        return 0.0 if chosen is None else chosen[0]


def _chosen(timed: Iterable[tuple[float, _Item]], t_s: float, *, after: bool) -> tuple[float, _Item] | None:
    """Return the last one up to `t_s`, or the first one from there on; at the ends the outermost one."""
    chosen = None
    for one in timed:
        if chosen is not None and not after and one[0] > t_s + _SLACK_S:
            break
        chosen = one
        if one[0] >= t_s - _SLACK_S and (after or one[0] > t_s + _SLACK_S):
            break
    return chosen
