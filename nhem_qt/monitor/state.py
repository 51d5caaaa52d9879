"""The coordination states of the two ROIs, and how one follows the other."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

_HISTORY_LENGTH = 100
# A fault that comes and goes all the time must not fill the log.
_LINES, _LINES_S = 20, 10.0


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


_S = CoordinationState
# Most ticks grab the small ROI alone: they begin with its extraction.
_TICK_BEGINS = frozenset({_S.ROI1_CAPTURING, _S.ROI2_EXTRACTING})
_LEGAL = {
    _S.INITIALIZING: _TICK_BEGINS,
    _S.ROI1_CAPTURING: frozenset({_S.ROI2_EXTRACTING, _S.FAILED}),
    _S.ROI2_EXTRACTING: frozenset({_S.VALIDATION, _S.PARTIAL, _S.FAILED}),
    _S.VALIDATION: frozenset({_S.SUCCESS, _S.PARTIAL, _S.FAILED}),
    _S.SUCCESS: _TICK_BEGINS,
    _S.PARTIAL: _TICK_BEGINS,
    _S.FAILED: _TICK_BEGINS | {_S.ERROR_RECOVERY},
    _S.ERROR_RECOVERY: _TICK_BEGINS | {_S.FAILED},
}
_AMID = frozenset({_S.ROI1_CAPTURING, _S.ROI2_EXTRACTING, _S.VALIDATION})
_BADNESS = {_S.INITIALIZING: 0, _S.SUCCESS: 0, _S.PARTIAL: 1, _S.ERROR_RECOVERY: 2, _S.FAILED: 3}


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state, at `t_s` seconds since the session started."""

    t_s: float
    old: CoordinationState
    new: CoordinationState
    reason: str


class IllegalTransitionError(RuntimeError):
    """One state cannot follow another: an error in the program."""


class StateMachine:
    """Walks through the states of every tick, and remembers how the ticks ended.

    `step` is where it is at this moment: of a capture that hangs it tells in what. `current` is how the last tick
    ended. The history holds changes of that only: the steps of every tick would fill it within two seconds.
    """

    def __init__(self) -> None:
        self.step = CoordinationState.INITIALIZING
        self.current = CoordinationState.INITIALIZING
        self.count = 0
        """Number of all changes, also of those no longer in the history."""
        self._history: deque[Transition] = deque(maxlen=_HISTORY_LENGTH)
        self._lines_s: deque[float] = deque(maxlen=_LINES)

    @property
    def history(self) -> tuple[Transition, ...]:
        """The last changes of how ticks end, oldest first."""
        return tuple(self._history)

    def begin(self, state: CoordinationState) -> None:
        """Take the first step of an attempt; one that was abandoned while it hung has failed by now."""
        if self.step in _AMID:
            self.step = CoordinationState.FAILED
        self.go(state)

    def go(self, state: CoordinationState) -> None:
        """Take a step; raises IllegalTransitionError."""
        if state not in _LEGAL[self.step]:
            raise IllegalTransitionError(f"{state} cannot follow {self.step}")
        self.step = state

    def settle(self, state: CoordinationState, t_s: float, reason: str) -> Transition | None:
        """End a tick in `state`; returns the transition, or None if it ends as the one before."""
        if state is not self.step:
            self.go(state)
        if state is self.current:
            return None
        transition = Transition(t_s, self.current, state, reason)
        self._history.append(transition)
        self.count += 1
        self.current = state
        self._log(transition)
        return transition

    def _log(self, change: Transition) -> None:
        level = logging.INFO if _is_notable(change) and self._has_room(change.t_s) else logging.DEBUG
        words = "state at %.3f s: %s after %s (%s)"
        logging.getLogger(__name__).log(level, words, change.t_s, change.new, change.old, change.reason)

    def _has_room(self, t_s: float) -> bool:
        if len(self._lines_s) == _LINES and t_s - self._lines_s[0] < _LINES_S:
            return False
        self._lines_s.append(t_s)
        return True


def _is_notable(change: Transition) -> bool:
    """Whether it changed for the worse, or recovered."""
    recovered = change.new is CoordinationState.SUCCESS and change.old is not CoordinationState.INITIALIZING
    return recovered or _BADNESS[change.new] > _BADNESS[change.old]
