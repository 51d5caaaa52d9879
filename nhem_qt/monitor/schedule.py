"""When the next tick is due."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nhem_qt.capture import RecordedSource


@dataclass(frozen=True, slots=True)
class Tick:
    """One entry of a schedule; `due_s` counts from the start of the session, or is the time in a recording.

    A recording that was held meanwhile is `delay_s` behind that: it was no time that passed in it.
    """

    index: int
    due_s: float
    delay_s: float = 0.0

    @property
    def wanted_s(self) -> float:
        """When it is to be taken, on the clock of the session."""
        return self.due_s + self.delay_s


class Schedule(Protocol):
    """Gives the ticks one by one."""

    dropped: int
    """Ticks that came too late and were left out, so far."""
    left_out: int
    """Ticks that were left out on purpose, so far."""

    @property
    def frames_missing(self) -> int:
        """How many frames a recording promised but did not give, once it is at its end."""

    def next_tick(self, now_s: float) -> Tick | None:
        """Return the next tick, given the time since the start of the session; None at the end."""

    def take_every(self, stride: int) -> None:
        """Take only every so many-th tick from now on, where ticks may be left out at all."""

    def skip_to(self, now_s: float) -> None:
        """Resume after a pause: the ticks up to now were not wanted, so they do not count as dropped."""


def cut_short(frames_missing: int) -> str:
    """Say that a recording ended before its end."""
    return f"The recording ends {frames_missing} frames early: the file was cut off, see that it is whole"


class LiveSchedule:
    """Ticks at the absolute times n / rate, so that the rate does not drift.

    A tick whose successor is already due is left out and counted, never made up by a burst. Those that are left out on
    purpose are the ones whose index is no multiple of the stride: index and time of the others stay what they are.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._stride = 1
        self._index = -1
        self.dropped = 0
        self.left_out = 0

    @property
    def frames_missing(self) -> int:
        """Nothing is promised: 0."""
        return 0

    def next_tick(self, now_s: float) -> Tick:
        """Return the next tick; the one due now or in the future."""
        stride, before = self._stride, self._index
        following = (before // stride + 1) * stride
        self._index = max(following, math.floor(now_s * self._rate_hz) // stride * stride)
        late = (self._index - following) // stride
        self.dropped += late
        self.left_out += self._index - before - 1 - late
        return Tick(self._index, self._index / self._rate_hz)

    def due_in_s(self, now_s: float) -> float:
        """Return in how many seconds the newest tick is due, below 0 from then on."""
        return self._index / self._rate_hz - now_s

    def take_every(self, stride: int) -> None:
        """Take only every so many-th tick from now on."""
        self._stride = stride

    def skip_to(self, now_s: float) -> None:
        """Leave out the ticks of a pause without counting them."""
        self._index = max(self._index, math.floor(now_s * self._rate_hz))


class RecordedSchedule:
    """Ticks at the presentation times of a recording; none is left out however late it comes."""

    def __init__(self, source: RecordedSource) -> None:
        self._source = source
        self._behind_s = 0.0
        self.dropped = 0
        self.left_out = 0

    @property
    def frames_missing(self) -> int:
        """How many frames the recording promised but did not give, once it is at its end."""
        return self._source.frames_missing

    def next_tick(self, now_s: float) -> Tick | None:  # noqa: ARG002 - a recording has its own times
        """Return the tick of the next frame, or None at the end; raises CaptureError."""
        upcoming_s = self._source.upcoming_s()
        if upcoming_s is None:
            return None
        return Tick(self._source.upcoming_index, upcoming_s, self._behind_s)

    def take_every(self, stride: int) -> None:
        """Take every frame all the same."""

    def skip_to(self, now_s: float) -> None:
        """Go on from the frame at which the pause began."""
        upcoming_s = self._source.upcoming_s()
        if upcoming_s is not None:
            self._behind_s = now_s - upcoming_s
