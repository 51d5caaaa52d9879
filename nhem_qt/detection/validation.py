"""The rules that tell an emission from everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nhem_qt.detection.history import count_fresh
from nhem_qt.detection.results import Fault, Reason

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.emission import Emission
    from nhem_qt.detection.history import Sample

_LEAST_FRAMES = 2  # of a mean before or after
_LEAST_FRESH = 2  # pictures before, to tell that the picture is alive


def first_fault(emission: Emission, sigma: float, config: DetectorConfig) -> Fault | None:
    """Return the first rule that the candidate breaks, or None for an emission; `sigma`: noise of the picture."""
    compared = min(len(emission.pre), len(emission.post))
    if compared < _LEAST_FRAMES:
        return Fault(Reason.INTERRUPTED, compared, _LEAST_FRAMES)
    least_rise = max(config.min_rise_gray, config.least_rise_share * config.rise_noise_factor * sigma)
    if emission.rise < least_rise:
        return Fault(Reason.TOO_LOW, emission.rise, least_rise)
    if emission.height < config.min_height_gray:
        return Fault(Reason.TOO_LOW, emission.height, config.min_height_gray)
    return (
        _wrong_length(emission, config)
        or _wrong_shape(emission, config)
        or _level_changed(emission, config)
        or _stands_still(emission, sigma, config)
    )


def _wrong_length(emission: Emission, config: DetectorConfig) -> Fault | None:
    # Also those that were left out: how busy the machine is does not make an emission shorter.
    frames = emission.frames[-1].frame - emission.frames[0].frame + 1
    if frames < config.min_region_length:
        return Fault(Reason.TOO_SHORT, frames, config.min_region_length)
    if emission.shown_s < config.min_duration_s:
        return Fault(Reason.TOO_SHORT, emission.shown_s, config.min_duration_s)
    if emission.duration_s > config.max_duration_s:
        return Fault(Reason.TOO_LONG, emission.duration_s, config.max_duration_s)
    return None


def _wrong_shape(emission: Emission, config: DetectorConfig) -> Fault | None:
    if emission.height > config.max_rise_gray:
        return Fault(Reason.TOO_HIGH, emission.height, config.max_rise_gray)
    if emission.rise_sharpness < config.least_rise_sharpness:
        return Fault(Reason.SLOW_EDGE, emission.rise_sharpness, config.least_rise_sharpness)
    if emission.sharpness < config.least_sharpness:
        return Fault(Reason.SLOW_EDGE, emission.sharpness, config.least_sharpness)
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
    # A window, or a picture that has gone white, stands still where the picture before it did not.
    still = _still(emission, sigma, config)
    if still.part >= config.still_part and still.pictures >= config.still_pictures:
        return Fault(Reason.FLAT, still.pictures, config.still_pictures)
    if sigma < config.lively_gray or not emission.before or count_fresh(emission.before, config.still_gray):
        return None
    # Between two dialogs, or two freezes, the picture is seen for a moment: noisy as ever, on ground that stands still.
    if not count_fresh(emission.post, config.still_gray):
        return Fault(Reason.FROZEN, sigma, config.lively_gray)
    # Where a mark formed while the picture stood still, it comes at once and fades.
    least = config.least_thawed_drop_share * emission.rise
    return Fault(Reason.FROZEN, emission.drop, least) if emission.drop < least else None


def _range(samples: list[Sample]) -> float:
    grays = [sample.gray for sample in samples]
    return max(grays) - min(grays)


class _Still(NamedTuple):
    """The longest time without a change: how many pictures were due in it, and which part of the plateau it is."""

    pictures: float
    part: float


def _still(emission: Emission, sigma: float, config: DetectorConfig) -> _Still:
    frames = emission.frames
    if count_fresh(emission.before, config.still_gray) < _LEAST_FRESH:  # nothing moved before either
        return _Still(0.0, 0.0)
    most_change = max(config.still_gray, min(sigma, config.still_share * emission.rise))
    still_s, since, period_s = 0.0, frames[0], emission.period_s
    for sample in frames:
        if abs(sample.gray - since.gray) > most_change:
            since = sample
        still_s = max(still_s, sample.t_s - since.t_s + period_s)
    return _Still(still_s * emission.pace_hz, still_s / emission.shown_s)
