"""What can go wrong, how bad that is and what is done about it."""

from __future__ import annotations

import logging
from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum

from nhem_qt.errors import NhemError

_HELD = 100
_SAME_AGAIN_S = 10.0
_OTHER_WORDS_S = 1.0


class ErrorKind(StrEnum):
    """Which part of the work failed."""

    CAPTURE = "capture"
    EXTRACTION = "extraction"
    SYNCHRONISATION = "synchronisation"
    RESOURCE = "resource"
    STORAGE = "storage"


class Impact(StrEnum):
    """How much is lost by it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Recovery(StrEnum):
    """What is done about it: try again, take the small ROI from elsewhere, or go on with less."""

    RETRY_CAPTURE = "retry_capture"
    ROI2_FALLBACK = "roi2_fallback"
    GRACEFUL_DEGRADATION = "graceful_degradation"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that went wrong, `t_s` seconds after the session started."""

    kind: ErrorKind
    impact: Impact
    recovery: Recovery
    t_s: float
    message: str


class ExtractionError(NhemError):
    """A source gave pixels that are not the ones that were asked for."""


class SynchronisationError(NhemError):
    """Large and small ROI do not belong together."""


class FaultLog:
    """Counts all faults, and tells them where that says something new.

    The same words of a kind are told once in 10 s, other words of it once in a second: a fault on every tick must not
    drown everything else.
    """

    def __init__(self) -> None:
        self.counts: Counter[ErrorKind] = Counter()
        """How many there were of each kind, told or not."""
        self._told: deque[Fault] = deque(maxlen=_HELD)
        self._last: dict[ErrorKind, Fault] = {}
        self._fresh: deque[Fault] = deque(maxlen=_HELD)

    @property
    def told(self) -> tuple[Fault, ...]:
        """The last 100 that were told, oldest first."""
        return tuple(self._told)

    def note(self, fault: Fault) -> None:
        """Count a fault, and tell it if it is new."""
        self.counts[fault.kind] += 1
        last = self._last.get(fault.kind)
        if last is None or fault.t_s - last.t_s >= _rest_s(last, fault):
            self._last[fault.kind] = fault
            self._told.append(fault)
            self._fresh.append(fault)
            logging.getLogger(__name__).warning("%s fault at %.3f s: %s", fault.kind, fault.t_s, fault.message)

    def take_fresh(self) -> tuple[Fault, ...]:
        """Return what was told since the last call."""
        if not self._fresh:
            return ()
        fresh = tuple(self._fresh)
        self._fresh.clear()
        return fresh


def _rest_s(last: Fault, fault: Fault) -> float:
    if (last.message, last.impact) == (fault.message, fault.impact):
        return _SAME_AGAIN_S
    return 0.0 if fault.impact is Impact.CRITICAL else _OTHER_WORDS_S


def fault_of(error: Exception, t_s: float) -> Fault:
    """Return what an error that a capture raised means."""
    kind, impact, recovery = _meaning(error)
    return Fault(kind, impact, recovery, t_s, _words(error))


def _meaning(error: Exception) -> tuple[ErrorKind, Impact, Recovery]:
    if isinstance(error, ExtractionError):
        return ErrorKind.EXTRACTION, Impact.MEDIUM, Recovery.ROI2_FALLBACK
    if isinstance(error, SynchronisationError):
        return ErrorKind.SYNCHRONISATION, Impact.LOW, Recovery.RETRY_CAPTURE
    if isinstance(error, MemoryError):
        return ErrorKind.RESOURCE, Impact.HIGH, Recovery.GRACEFUL_DEGRADATION
    return ErrorKind.CAPTURE, Impact.HIGH, Recovery.RETRY_CAPTURE


def _words(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for a picture: close other programs"
    return str(error) or type(error).__name__
