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


class Fault(NamedTuple):
    """The rule that a candidate breaks."""

    reason: Reason
    measured: float
    limit: float


def first_fault(emission: Emission, sigma: float, config: DetectorConfig) -> Fault | None:
    """Return the first rule that the candidate breaks, or None for an emission; `sigma`: noise of the picture."""
    compared = min(len(emission.pre), len(emission.post))
    if compared < _LEAST_FRAMES:
        return Fault(Reason.INTERRUPTED, compared, _LEAST_FRAMES)
    least_rise = max(config.min_rise_gray, config.least_rise_share * config.rise_noise_factor * sigma)
    if emission.rise < least_rise:
        return Fault(Reason.TOO_LOW, emission.rise, least_rise)
    return (
        _wrong_length(emission, config)
        or _wrong_shape(emission, config)
        or _level_changed(emission, config)
        or _stands_still(emission, sigma, config)
    )


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
    slowness_s = _slowness_s(emission, config)
    if slowness_s > config.max_slowness_s:
        return Fault(Reason.SLOW_EDGE, slowness_s, config.max_slowness_s)
    # An emission stands on level ground; while the probe moves, the gray value goes up and down as well.
    unsettled, limit = _range(emission.pre) + _range(emission.post), config.unsettled_share * emission.rise
    return Fault(Reason.UNSETTLED, unsettled, limit) if unsettled > limit else None


def _level_changed(emission: Emission, config: DetectorConfig) -> Fault | None:
    if not -config.max_drop_gray <= emission.difference <= config.max_gain_gray:
        limit = config.max_gain_gray if emission.difference > 0 else -config.max_drop_gray
        return Fault(Reason.LEVEL_CHANGED, emission.difference, limit)
    least = max(config.least_fall_share * emission.rise, config.least_fall_gray)
    return Fault(Reason.LEVEL_CHANGED, emission.fall, least) if emission.fall < least else None


def _stands_still(emission: Emission, sigma: float, config: DetectorConfig) -> Fault | None:
    # A dialog laid over the picture stands still where the picture before it did not.
    missing = _missing_pictures(emission, config)
    is_high = emission.rise > config.max_rise_gray
    is_clipped = emission.first_level >= config.white_gray and not is_high  # an emission may be, and then stands still
    limit = config.missing_pictures_if_high if is_high else config.missing_pictures
    if missing >= limit and not is_clipped:
        return Fault(Reason.FLAT, missing, limit)
    # Between two dialogs, or two freezes, the picture is seen for a moment: noisy as ever, on ground that stands still.
    if (
        sigma >= config.lively_gray
        and emission.before
        and not _fresh(emission.before, config) + _fresh(emission.post, config)
    ):
        return Fault(Reason.FROZEN, sigma, config.lively_gray)
    return None


def _slowness_s(emission: Emission, config: DetectorConfig) -> float:
    """Time that rise and fall take, and more if the ground before and after is no level ground but a slope."""
    before = _trend(emission.pre[::-1]) / emission.rise
    after = -_trend(emission.post) / max(emission.fall, 1.0)
    return emission.rise_s + emission.fall_s + config.slope_s * max(0.0, before + after)


def _trend(samples: list[Sample]) -> float:
    """Gray value of the second half above that of the first."""
    half = max(1, len(samples) // 2)
    return fmean(sample.gray for sample in samples[-half:]) - fmean(sample.gray for sample in samples[:half])


def _range(samples: list[Sample]) -> float:
    grays = [sample.gray for sample in samples]
    return max(grays) - min(grays)


def _missing_pictures(emission: Emission, config: DetectorConfig) -> float:
    """How many fresh pictures would have come on the plateau at the pace of the second before, if none has."""
    inner, before = emission.frames[1:-1], emission.before
    if not inner or not before or _fresh(inner, config):
        return 0.0
    before_s = before[-1].t_s - before[0].t_s
    pace_hz = _fresh(before, config) / before_s if before_s > 0 else 0.0
    return pace_hz * (inner[-1].t_s - inner[0].t_s)


def _fresh(samples: list[Sample], config: DetectorConfig) -> int:
    """How many of the samples show another picture than the one before."""
    count, last = 0, samples[0].gray
    for sample in samples:
        if abs(sample.gray - last) > config.still_gray:
            count, last = count + 1, sample.gray
    return count
