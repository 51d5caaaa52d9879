"""A video file as a recorded source, through PyAV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.capture.ahead import ahead
from nhem_qt.capture.dating import recorded_at
from nhem_qt.capture.source import CaptureError
from nhem_qt.frame import Frame, SourceKind

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from av import VideoFrame

    from nhem_qt.capture.decoding import TimedFrame, VideoFile
    from nhem_qt.capture.developing import Developer
    from nhem_qt.geometry import Roi

VIDEO_SUFFIXES = (
    ".avi",
    ".flv",
    ".m2ts",
    ".m4v",
    ".mkv",
    ".mov",
    ".mp4",
    ".mpg",
    ".mts",
    ".ogv",
    ".ts",
    ".webm",
    ".wmv",
)
"""What the names of videos end with; one that is named may be called anything."""

_SLACK_S = 1.0

# A picture of the large ROI takes as long to measure as some frames to decode.
_FRAMES_AHEAD = 8


class VideoSource:
    """Gives the frames of a video one by one as a player shows them: in display order, upright, as full-range RGB.

    Needs the extra `video`. Raises CaptureError if the file cannot be read.
    """

    kind = SourceKind.VIDEO

    def __init__(self, path: Path) -> None:
        self._path = path
        self.upcoming_index = 0
        self._file, developer = _opened(path)
        self._frames = ahead(self._file.frames(), _FRAMES_AHEAD)
        self._peeked: TimedFrame | None = None
        self._last: TimedFrame | None = None
        self._damaged_count, self._first_damaged = 0, 0
        try:
            self._developer = developer(self._first_frame())
        except BaseException:
            self.close()
            raise
        self.bounds: Roi = self._developer.shown

    @property
    def rate_hz(self) -> float:
        """Usual frame rate of the recording."""
        return self._file.rate_hz

    @property
    def length_s(self) -> float | None:
        """How long the recording is; None if it does not say so itself."""
        return self._file.length_s

    @property
    def recorded_at(self) -> dt.datetime:
        """The wall clock at the first frame; raises CaptureError if the file is gone and does not say so itself."""
        return recorded_at(self._path, self._file.created_at)

    @property
    def frames_missing(self) -> int:
        """How many frames did not come, once the file is at its end; 0 if it ends when it said, or said nothing."""
        missing_s = self._file.promised_s - (0.0 if self._last is None else _shown_until_s(self._last))
        return int(missing_s * self.rate_hz) if missing_s > _SLACK_S else 0

    @property
    def damage(self) -> str | None:
        """Which of the frames so far the decoder had to guess in part, in words; None if there are none."""
        count, first = self._damaged_count, self._first_damaged
        return f"{count} frames are damaged, the first is frame {first}: look whether it is real" if count else None

    def upcoming_s(self) -> float | None:
        """Presentation time of the next frame since the first one, or None at the end.

        Raises CaptureError where the file is damaged.
        """
        upcoming = self._peek()
        return None if upcoming is None else upcoming.t_s

    def grab(self, roi: Roi) -> Frame:
        """Give the part `roi` of the next frame; raises CaptureError at the end and where the file is damaged."""
        upcoming = self._peek()
        if upcoming is None:
            raise CaptureError(f"{self._path.name} is at its end")
        self._peeked = None
        self._last = upcoming
        if upcoming.frame.is_corrupt:
            self._note_damage()
        self.upcoming_index += 1
        return Frame(self._developer.pixels(upcoming.frame, roi), roi, upcoming.t_s, self.kind)

    def close(self) -> None:
        """Close the file."""
        self._frames.close()
        self._file.close()

    def _note_damage(self) -> None:
        if self._damaged_count == 0:
            self._first_damaged = self.upcoming_index
        self._damaged_count += 1

    def _first_frame(self) -> VideoFrame:
        first = self._peek()
        if first is None:
            raise self._file.unreadable()
        return first.frame

    def _peek(self) -> TimedFrame | None:
        if self._peeked is None:
            self._peeked = next(self._frames, None)
        return self._peeked


def _shown_until_s(last: TimedFrame) -> float:
    """Return when a player stops showing this frame: a still picture may be one long frame."""
    return last.t_s + float((last.frame.duration or 0) * (last.frame.time_base or 0))


def _opened(path: Path) -> tuple[VideoFile, type[Developer]]:
    try:
        # An extra: the program runs without it.
        from nhem_qt.capture.decoding import VideoFile  # noqa: PLC0415
        from nhem_qt.capture.developing import Developer  # noqa: PLC0415
    except ImportError as error:
        raise CaptureError('Reading a video needs PyAV: pip install "nhem-qt[video]"') from error
    return VideoFile(path), Developer
