"""The coordination states of the two ROIs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

_HISTORY_LENGTH = 100


class CoordinationState(StrEnum):
    """Where the capture of large and small ROI stands."""

    INITIALIZING = "initializing"
    ROI1_CAPTURING = "roi1_capturing"
    ROI2_EXTRACTING = "roi2_extracting"
    VALIDATION = "validation"
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"
    ERROR_RECOVERY = "error_recovery"


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state, at `t_s` seconds since the session started."""

    t_s: float
    old: CoordinationState
    new: CoordinationState
    reason: str


class StateLog:
    """The current state and the last 100 changes of it."""

    def __init__(self) -> None:
        self.current = CoordinationState.INITIALIZING
        self.count = 0
        """Number of all changes, also of those no longer in the history."""
        self._history: deque[Transition] = deque(maxlen=_HISTORY_LENGTH)

    @property
    def history(self) -> tuple[Transition, ...]:
        """The last changes, oldest first."""
        return tuple(self._history)

    def enter(self, state: CoordinationState, t_s: float, reason: str) -> Transition | None:
        """Change to `state`; returns the transition, or None if nothing changes."""
        if state is self.current:
            return None
        transition = Transition(t_s, self.current, state, reason)
        self._history.append(transition)
        self.count += 1
        self.current = state
        return transition
