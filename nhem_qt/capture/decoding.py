"""The frames of a video file in display order, each with its time. Needs PyAV."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
from collections import deque
from typing import TYPE_CHECKING, Literal, NamedTuple

import av
from av.stream import Disposition
from av.video.stream import VideoStream

from nhem_qt.capture.source import CaptureError
from nhem_qt.capture.usual_rate import RATE_FRAMES, usual_rate_hz

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import Packet, VideoFrame
    from av.container import InputContainer

_DEFAULT_RATE_HZ = 25.0

# With frames side by side the analysis of a recording takes a tenth longer on so few.
_FEW_CORES = 2

# Codecs store a frame at most so many places before its turn.
_MOST_REORDERED = 16

# What FFmpeg calls the formats of still pictures, of which it makes a video of one frame.
_PICTURE_FORMATS, _PICTURE_ENDING = ("image2", "ico"), "_pipe"

# Containers that were never told when they were made say 1904 or 1970.
_FIRST_YEAR = 1990


class TimedFrame(NamedTuple):
    """A decoded frame, and when it is shown, in seconds since the first one."""

    frame: VideoFrame
    t_s: float


class VideoFile:
    """Decodes that video of a file which a player would choose; raises CaptureError."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self.frames_decoded = 0
        """How many frames were given so far."""
        _require_file(path)
        self._container = self._opened(path)
        try:
            self._stream = self._chosen_stream()
            self._stream.thread_type = _thread_type()
            packets = self._container.demux(self._stream)
            first = self._first(packets)
            # AVI stores in which order to decode, but not when to show.
            self._only_order = self._container.format.name == "avi"
        except BaseException:
            self._container.close()
            raise
        self.rate_hz = self._rate_hz(first)
        """Usual frame rate."""
        self._packets = itertools.chain(first, packets)
        self._is_cut_off = False

    @property
    def promised_s(self) -> float:
        """Duration that the file names for its pictures; 0 if it names none."""
        stream = self._stream
        if self._only_order and stream.average_rate:
            # The duration is made up from the size of the file.
            return float(stream.frames / stream.average_rate)
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        # That of the whole file may be that of a sound track.
        return self._whole_s if len(self._container.streams) == 1 else 0.0

    @property
    def length_s(self) -> float | None:
        """How long it is, if the file says so at all."""
        return self.promised_s or self._whole_s or None

    @property
    def created_at(self) -> dt.datetime | None:
        """When it was recorded, if the file says so."""
        try:
            created_at = dt.datetime.fromisoformat(self._container.metadata["creation_time"])
        except (KeyError, ValueError):
            return None
        return created_at if created_at.tzinfo is not None and created_at.year >= _FIRST_YEAR else None

    @property
    def _whole_s(self) -> float:
        """Duration of all that is in the file; where times begin late, it is counted from 0."""
        container = self._container
        return max((container.duration or 0) - max(container.start_time or 0, 0), 0) / av.time_base

    def frames(self) -> Iterator[TimedFrame]:
        """Yield the frames one by one; raises CaptureError where the file is damaged or its pictures change."""
        clock, first = _Clock(1 / self.rate_hz), None
        for frame, time_s in self._decoded():
            form = _form(frame)
            first = first or form
            if form != first:
                raise CaptureError(f"{self._name} changes its size at frame {self.frames_decoded}: split it there")
            self.frames_decoded += 1
            yield TimedFrame(frame, clock.since_first_s(time_s))

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def unreadable(self) -> CaptureError:
        """Return the error that says how far the file can be read."""
        return CaptureError(
            f"{self._name} cannot be read as a video beyond frame {self.frames_decoded}: "
            "check that the file is whole and plays in a video player"
        )

    def _opened(self, path: Path) -> InputContainer:
        try:
            # From the root on: the begin of a name such as 10:30.mp4 would be taken for a protocol. A title that is no
            # UTF-8 is no reason to refuse the pictures.
            return av.open(str(path.absolute()), metadata_errors="replace")
        except (av.FFmpegError, OSError) as error:
            raise self.unreadable() from error

    def _chosen_stream(self) -> VideoStream:
        format_name = self._container.format.name
        if format_name in _PICTURE_FORMATS or format_name.endswith(_PICTURE_ENDING):
            raise CaptureError(f"{self._name} is a still picture, no video: choose a screen recording")
        stream = self._container.streams.best("video")
        if not isinstance(stream, VideoStream) or stream.disposition & Disposition.attached_pic:
            raise CaptureError(f"{self._name} holds no video: choose a screen recording")
        if stream.codec_context is None:
            raise CaptureError(f"{self._name} is coded in an unknown way: convert it to H.264 first")
        return stream

    def _first(self, packets: Iterator[Packet[VideoStream]]) -> list[Packet[VideoStream]]:
        try:
            return list(itertools.islice(packets, RATE_FRAMES + _MOST_REORDERED))
        except av.FFmpegError as error:
            raise self.unreadable() from error

    def _rate_hz(self, packets: list[Packet[VideoStream]]) -> float:
        times_s = (self._seconds(packet.pts) for packet in packets)
        first_s = sorted(time_s for time_s in times_s if time_s is not None)[:RATE_FRAMES]
        return usual_rate_hz(first_s) or float(self._stream.average_rate or _DEFAULT_RATE_HZ)

    def _seconds(self, count: int | None) -> float | None:
        base = self._stream.time_base
        return None if count is None or base is None else count * base.numerator / base.denominator

    def _decoded(self) -> Iterator[tuple[VideoFrame, float | None]]:
        """Yield every frame with the time that the file gives it; raises CaptureError where it is damaged."""
        stored: deque[int | None] = deque()
        try:
            for packet in self._packets:
                stored.append(packet.dts)
                for frame in self._frames_of(packet):
                    dts = stored.popleft() if stored else None
                    # A frame that comes after an error does not know the unit of its time.
                    yield frame, self._seconds(dts if self._only_order else frame.pts)
        except av.FFmpegError as error:
            raise self.unreadable() from error

    def _frames_of(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        self._is_cut_off = self._is_cut_off or packet.is_corrupt
        try:
            return self._stream.decode(packet)
        except av.FFmpegError:
            if not self._is_cut_off:
                raise
        # The file ends within a packet. Frames from before it may still be on their way.
        with contextlib.suppress(av.FFmpegError):
            return self._stream.decode(None)
        return []


class _Clock:
    """Counts times from the first one on; a frame without time comes a step after the one before.

    Times never run back: a player that has shown a frame shows a later one of an earlier time at once.
    """

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._first_s: float | None = None
        self._last_s = -step_s

    def since_first_s(self, time_s: float | None) -> float:
        """Return the time of the next frame."""
        expected_s = self._last_s + self._step_s
        if time_s is not None:
            if self._first_s is None:
                self._first_s = time_s - expected_s
            expected_s = max(time_s - self._first_s, self._last_s)
        self._last_s = expected_s
        return expected_s


def _thread_type() -> Literal["AUTO", "SLICE"]:
    """Return how the work is shared out: frames side by side need cores that whoever measures them does not."""
    return "AUTO" if (os.cpu_count() or 1) > _FEW_CORES else "SLICE"


def _require_file(path: Path) -> None:
    """Say in words what FFmpeg would call invalid data."""
    try:
        if path.is_file():
            path.open("rb").close()
            return
    except OSError as error:
        raise CaptureError(f"{path} cannot be read ({error.strerror}): check the path") from error
    raise CaptureError(f"There is no video file {path}: check the path")


def _form(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
