"""The rules that tell an emission from everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nhem_qt.detection.results import Reason

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.emission import Emission

LEAST_POST_FRAMES = 2
_MOST_OF_HEIGHT = 0.85
_NOISY_GRAY = 0.2


class Fault(NamedTuple):
    """The rule that a candidate breaks."""

    reason: Reason
    measured: float
    limit: float


def fault(emission: Emission, sigma: float, config: DetectorConfig) -> Fault | None:
    """Return the first rule that the candidate breaks, or None for an emission."""
    if len(emission.post) < LEAST_POST_FRAMES:
        return Fault(Reason.INTERRUPTED, len(emission.post), LEAST_POST_FRAMES)
    return _wrong_length(emission, config) or _wrong_shape(emission, sigma, config) or _level_changed(emission, config)


def _wrong_length(emission: Emission, config: DetectorConfig) -> Fault | None:
    frames = emission.frames
    period_s = emission.duration_s / max(1, len(frames) - 1)
    duration_s = emission.duration_s + period_s
    if len(frames) < config.min_region_length:
        return Fault(Reason.TOO_SHORT, len(frames), config.min_region_length)
    if duration_s < config.min_duration_s:
        return Fault(Reason.TOO_SHORT, duration_s, config.min_duration_s)
    if duration_s > config.max_duration_s:
        return Fault(Reason.TOO_LONG, duration_s, config.max_duration_s)
    return None


def _wrong_shape(emission: Emission, sigma: float, config: DetectorConfig) -> Fault | None:
    if emission.height < config.min_rise_gray:
        return Fault(Reason.TOO_LOW, emission.height, config.min_rise_gray)
    slower_s = max(emission.rise_s, emission.fall_s)
    if slower_s > config.edge_s:
        return Fault(Reason.SLOW_EDGE, slower_s, config.edge_s)
    # A dialog laid over the picture stands still where the picture before it did not.
    if emission.span < config.still_gray and sigma > _NOISY_GRAY:
        return Fault(Reason.FLAT, emission.span, config.still_gray)
    return None


def _level_changed(emission: Emission, config: DetectorConfig) -> Fault | None:
    limit = min(config.max_difference_gray, _MOST_OF_HEIGHT * emission.height)
    if abs(emission.difference) > limit:
        return Fault(Reason.LEVEL_CHANGED, emission.difference, limit)
    return None
