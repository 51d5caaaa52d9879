"""When to try again after a failure."""

from __future__ import annotations

_FIRST_DELAY_S = 0.1
_LONGEST_DELAY_S = 5.0


class Backoff:
    """Waits 0.1 s after the first failure in a row, then twice as long each time, 5 s at most."""

    def __init__(self) -> None:
        self._delay_s = 0.0
        self._retry_at_s = 0.0

    def allows(self, now_s: float) -> bool:
        """Whether it is time to try."""
        return self._delay_s == 0.0 or now_s >= self._retry_at_s

    def failed(self, now_s: float) -> None:
        """Note a failure."""
        self._delay_s = min(max(2 * self._delay_s, _FIRST_DELAY_S), _LONGEST_DELAY_S)
        self._retry_at_s = now_s + self._delay_s

    def succeeded(self) -> None:
        """Note a success: the next failure is a first one."""
        self._delay_s = 0.0
