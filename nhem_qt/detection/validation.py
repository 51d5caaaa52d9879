"""The rules that tell an emission from everything else."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from nhem_qt.detection.results import Reason

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.emission import Emission
    from nhem_qt.detection.history import Sample

_LEAST_FRAMES = 2  # of a mean before or after
_LEAST_RISE_SHARE = 0.6  # of the demanded rise: its noisiest pictures reach it, the plateau need not
_LEAST_FALL_SHARE = 0.25  # of the rise: what does not fall again was a step
_LEAST_FALL_OF_LEAST_RISE = 0.65
_MOST_FALL_SHARE = 3.0
_MISSING_PICTURES = 2.5
_MISSING_PICTURES_IF_HIGH = 1
_WHITE = 254.5
_SLOPE_S = 0.5


class Fault(NamedTuple):
    """The rule that a candidate breaks."""

    reason: Reason
    measured: float
    limit: float


def first_fault(emission: Emission, demanded_rise: float, config: DetectorConfig) -> Fault | None:
    """Return the first rule that the candidate breaks, or None for an emission."""
    least_rise = max(config.min_rise_gray, _LEAST_RISE_SHARE * demanded_rise)
    compared = min(len(emission.pre), len(emission.post))
    if compared < _LEAST_FRAMES:
        return Fault(Reason.INTERRUPTED, compared, _LEAST_FRAMES)
    if emission.rise < least_rise:
        return Fault(Reason.TOO_LOW, emission.rise, least_rise)
    return _wrong_length(emission, config) or _wrong_shape(emission, config) or _level_changed(emission, config)


def _wrong_length(emission: Emission, config: DetectorConfig) -> Fault | None:
    frames = emission.frames
    period_s = emission.duration_s / max(1, len(frames) - 1)
    duration_s = emission.duration_s + period_s
    if len(frames) < config.min_region_length:
        return Fault(Reason.TOO_SHORT, len(frames), config.min_region_length)
    if duration_s < config.min_duration_s:
        return Fault(Reason.TOO_SHORT, duration_s, config.min_duration_s)
    if emission.duration_s > config.max_duration_s:
        return Fault(Reason.TOO_LONG, duration_s, config.max_duration_s)
    return None


def _wrong_shape(emission: Emission, config: DetectorConfig) -> Fault | None:
    slowness_s = _slowness_s(emission)
    if slowness_s > config.max_slowness_s:
        return Fault(Reason.SLOW_EDGE, slowness_s, config.max_slowness_s)
    # A dialog laid over the picture stands still where the picture before it did not.
    missing, limit = _missing_pictures(emission, config), _MISSING_PICTURES
    if emission.rise > config.max_rise_gray:
        limit = _MISSING_PICTURES_IF_HIGH
    elif emission.first_level >= _WHITE:
        return None  # an emission may be clipped, and then stands still
    return Fault(Reason.FLAT, missing, limit) if missing >= limit else None


def _slowness_s(emission: Emission) -> float:
    """Time that rise and fall take, and more if the ground before and after is no level ground but a slope."""
    before = _trend(emission.pre[::-1]) / emission.rise
    after = -_trend(emission.post) / max(emission.fall, 1.0)
    return emission.rise_s + emission.fall_s + _SLOPE_S * max(0.0, before + after)


def _trend(samples: list[Sample]) -> float:
    """Gray value of the second half above that of the first."""
    half = max(1, len(samples) // 2)
    return fmean(sample.gray for sample in samples[-half:]) - fmean(sample.gray for sample in samples[:half])


def _level_changed(emission: Emission, config: DetectorConfig) -> Fault | None:
    if abs(emission.difference) > config.max_difference_gray:
        return Fault(Reason.LEVEL_CHANGED, emission.difference, config.max_difference_gray)
    least = max(_LEAST_FALL_SHARE * emission.rise, _LEAST_FALL_OF_LEAST_RISE * config.min_rise_gray)
    if emission.fall < least:
        return Fault(Reason.LEVEL_CHANGED, emission.fall, least)
    most = _MOST_FALL_SHARE * emission.rise
    return Fault(Reason.LEVEL_CHANGED, emission.fall, most) if emission.fall > most else None


def _missing_pictures(emission: Emission, config: DetectorConfig) -> float:
    """How many fresh pictures would have come on the plateau at the pace of the second before, if none has."""
    inner, before = emission.frames[1:-1], emission.before
    if not inner or not before or _fresh(inner, config.still_gray):
        return 0.0
    before_s = before[-1].t_s - before[0].t_s
    pace_hz = _fresh(before, config.still_gray) / before_s if before_s > 0 else 0.0
    return pace_hz * (inner[-1].t_s - inner[0].t_s)


def _fresh(samples: list[Sample], still_gray: float) -> int:
    count, last = 0, samples[0].gray
    for sample in samples:
        if abs(sample.gray - last) > still_gray:
            count, last = count + 1, sample.gray
    return count
