"""What a session is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhem_qt.geometry import Roi


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One start-to-stop of monitoring; `started_at` is the wall clock (with UTC offset) at its start.

    ROIs are written X1,Y1,X2,Y2 in device pixels; `detector` holds the parameters by name, `buffer_size` is how many
    samples a snapshot shows. `monotonic_s` is the host's monotonic clock at the start, for the wall clock may be set
    meanwhile. `file` and `checksum` (SHA-256) name the recording, if it is one; `recorded_at` is the wall clock at its
    first frame, where t_s is 0, and has nothing to do with the start. The last fields have defaults, for older files do
    not tell them.
    """

    session_id: str
    started_at: dt.datetime
    source: str
    mode: str
    roi: str
    rate_hz: float
    small_roi: str = ""
    detector: Mapping[str, Any] = field(default_factory=dict)
    buffer_size: int = 100
    program_version: str = ""
    monotonic_s: float | None = None
    file: str = ""
    checksum: str = ""
    recorded_at: dt.datetime | None = None

    def timestamp(self, t_s: float) -> str:
        """ISO 8601 with UTC offset and milliseconds: when a sample was measured, or a frame of a recording was made."""
        return ((self.recorded_at or self.started_at) + dt.timedelta(seconds=t_s)).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """What was noticed, and when: seconds since the session started; `shown` if the operator was told."""

    t_s: float
    text: str
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that the operator marked, seconds since the session started; the note may be empty."""

    t_s: float
    note: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field of SessionInfo that had another value from `t_s` on, seconds since the session started."""

    t_s: float
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a session, in seconds since it started; both ends belong to it."""

    begin_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds from begin to end."""
        return self.end_s - self.begin_s

    def contains(self, t_s: float) -> bool:
        """Whether a moment lies in it."""
        return self.begin_s <= t_s <= self.end_s

    def overlaps(self, begin_s: float, end_s: float) -> bool:
        """Whether any moment from `begin_s` to `end_s` lies in it."""
        return begin_s <= self.end_s and self.begin_s <= end_s


class Moment(StrEnum):
    """When a kept picture was taken: before, during or after an emission, or last of all in the session."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture kept with a session as PNG; `roi` are the device pixels that it shows, `gray` their gray value.

    `peak_index` is that of the emission, 0 for the last picture. Pictures of the large ROI are scaled down, but for the
    last one.
    """

    peak_index: int
    moment: Moment
    small: bool
    t_s: float
    roi: Roi
    gray: float
    png: bytes
