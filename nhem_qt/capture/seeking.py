"""Frames from the middle of a video, without decoding all that come before. Needs PyAV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
from av.video.stream import VideoStream

from nhem_qt.capture.developing import Developer
from nhem_qt.capture.source import CaptureError
from nhem_qt.frame import Frame, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import VideoFrame


class SearchedVideo:
    """A video in which a time is looked up; not every file can be searched. Raises CaptureError where it cannot."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._container = av.open(str(path.absolute()), metadata_errors="replace")
        except (av.FFmpegError, OSError) as error:
            raise self._unsearchable() from error

    def frames_from(self, t_s: float) -> Iterator[tuple[float, VideoFrame]]:
        """Yield the frames in display order, each after its time since the first one, beginning at `t_s` or before."""
        try:
            stream = self._stream()
            first = next(self._container.decode(stream), None)
            # AVI knows an order, but no times.
            if first is None or first.time is None or self._container.format.name == "avi":
                raise self._unsearchable()
            self._developer = Developer(first)
            first_s = first.time
            self._seek(stream, first_s, t_s)
            yield from self._timed(stream, first_s, t_s)
        except av.FFmpegError as error:
            raise self._unsearchable() from error

    def picture(self, t_s: float, frame: VideoFrame) -> Frame:
        """Return the whole picture of one of the frames, as it is shown."""
        shown = self._developer.shown
        return Frame(self._developer.pixels(frame, shown), shown, t_s, SourceKind.VIDEO)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _stream(self) -> VideoStream:
        stream = self._container.streams.best("video")
        if not isinstance(stream, VideoStream):
            raise self._unsearchable()
        stream.thread_type = "AUTO"
        return stream

    def _seek(self, stream: VideoStream, first_s: float, t_s: float) -> None:
        """Go to a frame from which on all can be decoded, at `t_s` or before."""
        base = stream.time_base
        if base is None or self._container.duration is None:
            raise self._unsearchable()
        target_s = first_s + min(t_s, self._container.duration / av.time_base)
        self._container.seek(int(target_s / base), stream=stream)

    def _timed(self, stream: VideoStream, first_s: float, t_s: float) -> Iterator[tuple[float, VideoFrame]]:
        begun = False
        for frame in self._container.decode(stream):
            if frame.time is None or (not begun and 0 < frame.time - first_s > t_s):
                raise self._unsearchable()
            begun = True
            yield frame.time - first_s, frame

    def _unsearchable(self) -> CaptureError:
        return CaptureError(f"{self._name} cannot be searched: play it from its begin")
