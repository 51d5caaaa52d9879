"""What the detector says about a frame and about an emission."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nhem_qt.detection.config import Mode


class PeakColor(StrEnum):
    """Green: a mark has formed (gray after - before > difference threshold). Red: it has not."""

    GREEN = "green"
    RED = "red"


class Reason(StrEnum):
    """Why a candidate is no peak."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    DID_NOT_FALL = "did not fall"
    TOO_LOW = "too low"
    TOO_HIGH = "too high"
    SLOW_EDGE = "slow edge"
    LEVEL_CHANGED = "level changed"
    UNSETTLED = "unsettled"
    FLAT = "flat"
    FROZEN = "frozen"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Peak:
    """One emission. Frames are those given to `process_frame`; start and end are its first and last frame."""

    peak_index: int
    color: str
    confidence: float
    start_frame: int
    end_frame: int
    peak_frame: int
    decided_frame: int
    start_s: float
    end_s: float
    duration_s: float
    baseline: float
    threshold: float
    peak_gray: float
    pre_mean: float
    post_mean: float
    difference: float
    difference_threshold: float
    mode: Mode


class Fault(NamedTuple):
    """The rule that a candidate breaks: `measured` broke `limit`."""

    reason: Reason
    measured: float
    limit: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """A candidate that is no peak, and why: `measured` broke `limit` (in the unit of the reason)."""

    reason: Reason
    start_frame: int
    end_frame: int
    start_s: float
    end_s: float
    measured: float
    limit: float


@dataclass(frozen=True, slots=True)
class Detection:
    """What is known after one frame; `baseline` and `threshold` are None as long as there is no baseline."""

    frame_count: int
    baseline: float | None
    threshold: float | None
    in_peak_region: bool = False
    peak: Peak | None = None
    rejection: Rejection | None = None

    @property
    def peak_signal(self) -> int | None:
        """1 on the frame on which a peak is decided, else None."""
        return None if self.peak is None else 1

    @property
    def peak_color(self) -> str | None:
        """Colour of the peak decided on this frame."""
        return None if self.peak is None else self.peak.color

    @property
    def peak_confidence(self) -> float | None:
        """Confidence of that colour, 0-1."""
        return None if self.peak is None else self.peak.confidence

    @property
    def baseline_above_threshold(self) -> bool:
        """Fixed mode: whether the baseline itself lies above the threshold, so that no region can open."""
        return self.baseline is not None and self.threshold is not None and self.baseline >= self.threshold
