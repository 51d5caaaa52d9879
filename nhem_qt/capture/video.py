"""A video file as a recorded source, through PyAV."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nhem_qt.capture.source import CaptureError
from nhem_qt.frame import Frame, Pixels, SourceKind
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from types import ModuleType

    from av import VideoFrame

_SLACK_S = 1.0


class VideoSource:
    """Gives the frames of a video one by one, as full-range RGB: raw luma would shrink every difference by 0.86.

    Needs the extra `video`. Raises CaptureError if the file cannot be read.
    """

    kind = SourceKind.VIDEO

    def __init__(self, path: Path) -> None:
        self._path = path
        self.upcoming_index = 0
        self._av = _import_av()
        if not _is_file(path):
            raise CaptureError(f"There is no video file {path}: check the path")
        try:
            # A title that is no UTF-8 is no reason to refuse the pictures.
            self._container = self._av.open(str(path), metadata_errors="replace")
        except (self._av.FFmpegError, OSError) as error:
            raise self._unreadable() from error
        if not self._container.streams.video:
            self._container.close()
            raise CaptureError(f"{path.name} holds no video: choose a screen recording")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._frames = self._decode()
        self._peeked: VideoFrame | None = None
        self._last_s = 0.0
        first = self._first_frame()
        self._first_s = self._time_s(first)
        self.bounds = Roi(0, 0, first.width, first.height)

    @property
    def rate_hz(self) -> float:
        """Mean frame rate of the recording."""
        return float(self._stream.average_rate or self._stream.guessed_rate or 25)

    @property
    def frames_missing(self) -> int:
        """How many frames did not come, once the file is at its end; 0 if it ends when it said, or said nothing."""
        missing_s = self._promised_s() - self._last_s
        return int(missing_s * self.rate_hz) if missing_s > _SLACK_S else 0

    def upcoming_s(self) -> float | None:
        """Presentation time of the next frame since the first one, or None at the end.

        Raises CaptureError where the file is damaged.
        """
        frame = self._peek()
        return None if frame is None else self._time_s(frame) - self._first_s

    def grab(self, roi: Roi) -> Frame:
        """Give the part `roi` of the next frame; raises CaptureError at the end and where the file is damaged."""
        frame = self._peek()
        if frame is None:
            raise CaptureError(f"{self._path.name} is at its end")
        t_s = self._time_s(frame) - self._first_s
        self._peeked = None
        self._last_s = t_s
        self.upcoming_index += 1
        return Frame(_pixels(frame), self.bounds, t_s, self.kind).crop(roi)

    def close(self) -> None:
        """Close the file."""
        self._frames.close()
        self._container.close()

    def _promised_s(self) -> float:
        """Duration that the file names for its pictures; 0 if it names none."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        # That of the whole file may be that of a sound track.
        alone = len(self._container.streams) == 1
        return self._container.duration / self._av.time_base if alone and self._container.duration else 0.0

    def _peek(self) -> VideoFrame | None:
        if self._peeked is None:
            self._peeked = next(self._frames, None)
        return self._peeked

    def _decode(self) -> Generator[VideoFrame]:
        size = None
        try:
            for frame in self._container.decode(self._stream):
                if size not in {None, (frame.width, frame.height)}:
                    raise CaptureError(
                        f"{self._path.name} changes its size at frame {self.upcoming_index}: split it there"
                    )
                size = frame.width, frame.height
                yield frame
        except self._av.FFmpegError as error:
            raise self._unreadable() from error

    def _first_frame(self) -> VideoFrame:
        try:
            first = self._peek()
        except CaptureError:
            self._container.close()
            raise
        if first is None:
            self._container.close()
            raise self._unreadable()
        return first

    def _time_s(self, frame: VideoFrame) -> float:
        return frame.time if frame.time is not None else self.upcoming_index / self.rate_hz

    def _unreadable(self) -> CaptureError:
        return CaptureError(
            f"{self._path.name} cannot be read as a video beyond frame {self.upcoming_index}: "
            "check that the file is whole and plays in a video player"
        )


def _pixels(frame: VideoFrame) -> Pixels:
    return cast("Pixels", frame.to_ndarray(format="bgra"))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False


def _import_av() -> ModuleType:
    try:
        import av  # noqa: PLC0415 - an extra: the program runs without it
    except ImportError as error:
        raise CaptureError("Reading a video needs PyAV: pip install 'nhem-qt[video]'") from error
    return av
