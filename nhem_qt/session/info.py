"""What a session is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One start-to-stop of monitoring; `started_at` is the wall clock (with UTC offset) at t_s = 0."""

    session_id: str
    started_at: dt.datetime
    source: str
    mode: str
    roi: str
    rate_hz: float

    def timestamp(self, t_s: float) -> str:
        """ISO 8601 with UTC offset and milliseconds, `t_s` seconds after the start."""
        return (self.started_at + dt.timedelta(seconds=t_s)).isoformat(timespec="milliseconds")
