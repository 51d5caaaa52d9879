"""What follows from the silence of a worker."""

from __future__ import annotations

from enum import Enum, auto

from nhem_qt.worker import STALLED_AFTER_S

REPLACED_AFTER_S = 2.0
LONGEST_PAUSE_S = 32.0


class Verdict(Enum):
    """What is to be done now."""

    NOTHING = auto()
    TELL_STALLED = auto()
    REPLACE = auto()
    TELL_RECOVERED = auto()


class Watchdog:
    """Watches one worker: silent for 1 s it has stalled, for 2 s it is to be replaced.

    If that does not help it is to be replaced again after 2 s, then after twice as long each time, 32 s at most.
    """

    def __init__(self) -> None:
        self.stalled_s = 0.0
        """How long the present silence lasts, or how long the last one lasted."""
        self.is_stalled = False
        """Whether the silence is one to be told."""
        self._pause_s = REPLACED_AFTER_S
        self._replace_at_s = REPLACED_AFTER_S

    def look(self, silence_s: float) -> Verdict:
        """Judge the silence (seconds) of now; to be called several times a second."""
        if silence_s < STALLED_AFTER_S:
            return self._see_sound()
        self.stalled_s = silence_s
        if not self.is_stalled:
            self.is_stalled = True
            return Verdict.TELL_STALLED
        if silence_s < self._replace_at_s:
            return Verdict.NOTHING
        self._replace_at_s = silence_s + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        return Verdict.REPLACE

    def _see_sound(self) -> Verdict:
        if not self.is_stalled:
            return Verdict.NOTHING
        self.is_stalled = False
        self._pause_s = self._replace_at_s = REPLACED_AFTER_S
        return Verdict.TELL_RECOVERED
