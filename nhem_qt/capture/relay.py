"""A source that outlives its handles: where a call hangs, another thread goes on with a fresh one."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar, cast

from nhem_qt.capture.source import CaptureError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from nhem_qt.capture.source import FrameSource, RecordedSource
    from nhem_qt.frame import Frame, SourceKind
    from nhem_qt.geometry import Roi

_Answer = TypeVar("_Answer")


class AbandonedError(BaseException):
    """Met by a thread whose call returns after another thread took its place: nothing belongs to it any more.

    No Exception, so that nobody on its way out takes it for a failure of the capture and goes on.
    """


class Relay:
    """A live source that is owned by one thread at a time, and with it all that is fed by it.

    Every call goes to a handle that is opened, in the thread of the owner, when it is needed first. During a call, and
    only then, `take_over` makes another thread the owner. So an owner that is not in a call stays one, and a former
    owner never gets behind its call: it raises AbandonedError there, after the handle has been closed. Calls raise
    CaptureError as those of the handle do, and if it cannot be opened.
    """

    def __init__(self, kind: SourceKind, open_handle: Callable[[], FrameSource]) -> None:
        self.kind = kind
        self.answers = True
        """Whether a call of the present owner has returned; a first owner is trusted."""
        self._open_handle = open_handle
        self._handle: FrameSource | None = None
        self._mutex = threading.Lock()
        self._owners = 0
        self.is_calling = False
        """Whether the owner is in a call now."""
        self._hang: CaptureError | None = None

    @property
    def bounds(self) -> Roi:
        """The device pixels that can be grabbed."""
        return self._call(lambda handle: handle.bounds)

    def grab(self, roi: Roi) -> Frame:
        """Grab just `roi`; raises CaptureError."""
        return self._call(lambda handle: handle.grab(roi))

    def close(self) -> None:
        """Close the handle, if there is one."""
        if self._handle is not None:
            self._call(lambda handle: handle.close())
            self._handle = None

    def take_over(self, reason: str | None = None) -> bool:
        """Take the ownership away from a thread that is in a call; returns whether one is.

        With a `reason` the first call of the new owner raises it as CaptureError: nobody else would tell of the one
        that never returned.
        """
        with self._mutex:
            if not self.is_calling:
                return False
            self._owners += 1
            self._handle, self.is_calling, self.answers = None, False, False
            self._hang = CaptureError(reason) if reason is not None else None
            return True

    def _call(self, ask: Callable[[FrameSource], _Answer]) -> _Answer:
        owner, handle = self._begin_call()
        try:
            if handle is None:
                handle = self._open_handle()
            return ask(handle)
        finally:
            self._end_call(owner, handle)

    def _begin_call(self) -> tuple[int, FrameSource | None]:
        with self._mutex:
            hang, self._hang = self._hang, None
            if hang is not None:
                raise hang
            self.is_calling = True
            return self._owners, self._handle

    def _end_call(self, owner: int, handle: FrameSource | None) -> None:
        with self._mutex:
            if owner == self._owners:
                self._handle, self.is_calling, self.answers = handle, False, True
                return
        if handle is not None:
            # Whatever a handle has to say that hung so long, there is nobody to hear it.
            with contextlib.suppress(Exception):
                handle.close()
        raise AbandonedError


class RecordingRelay(Relay):
    """The same for a recording. A fresh handle would begin at its first frame, so that it is only left, to end."""

    damage: str | None = None
    """Which of the frames so far had to be guessed in part, in words; told also when the handle is gone."""

    @property
    def rate_hz(self) -> float:
        """Mean frame rate of the recording."""
        return self._call(lambda handle: _recorded(handle).rate_hz)

    @property
    def recorded_at(self) -> dt.datetime:
        """The wall clock at its first frame; raises CaptureError."""
        return self._call(lambda handle: _recorded(handle).recorded_at)

    @property
    def upcoming_index(self) -> int:
        """Index of the next frame in display order, from 0."""
        return self._call(lambda handle: _recorded(handle).upcoming_index)

    @property
    def frames_missing(self) -> int:
        """How many of the promised frames did not come, once the recording is at its end."""
        return self._call(lambda handle: _recorded(handle).frames_missing)

    def grab(self, roi: Roi) -> Frame:
        """Grab just `roi` of the next frame; raises CaptureError."""
        frame, self.damage = self._call(lambda handle: (handle.grab(roi), _recorded(handle).damage))
        return frame

    def upcoming_s(self) -> float | None:
        """Presentation time of the next frame since the first one, or None at the end; raises CaptureError."""
        return self._call(lambda handle: _recorded(handle).upcoming_s())


def _recorded(handle: FrameSource) -> RecordedSource:
    return cast("RecordedSource", handle)
