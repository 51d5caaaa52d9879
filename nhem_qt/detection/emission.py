"""Measuring a candidate: its edges, its plateau, and the gray value before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from statistics import fmean, median
from typing import TYPE_CHECKING

from nhem_qt.detection.history import first_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import History, Sample
    from nhem_qt.detection.region import Region

_FOOT, _SHOULDER = 0.2, 0.65  # shares of the height between which an edge is timed
_ON_STEP = 0.35  # share of the fall up to which the gray value lies on a step
_SWEPT = 0.15  # share of the height above which a picture before the start belongs to the edge


@dataclass(frozen=True, slots=True)
class Emission:
    """What is measured of a candidate."""

    frames: list[Sample]
    before: list[Sample]  # the second before it
    pre: list[Sample]
    post: list[Sample]
    pre_mean: float
    post_mean: float
    first_level: float
    last_level: float
    rise_s: float
    fall_s: float

    @property
    def difference(self) -> float:
        """Gray value after minus before."""
        return self.post_mean - self.pre_mean

    @property
    def rise(self) -> float:
        """Height of the first edge."""
        return self.first_level - self.pre_mean

    @property
    def fall(self) -> float:
        """Height of the last edge."""
        return self.last_level - self.post_mean

    @property
    def duration_s(self) -> float:
        """Time from the first to the last frame."""
        return self.frames[-1].t_s - self.frames[0].t_s


def measure(region: Region, history: History, config: DetectorConfig) -> Emission:
    """Measure the candidate in `region`, whose end is known."""
    margin = config.margin_frames, config.margin_s
    end_s = region.end.t_s
    post = first_window(history.between(end_s + config.post_gap_s), *margin)
    post_mean = _mean(post, region.baseline)
    start, ground = _start(region, post_mean, history, config)
    frames = history.between(start.t_s, end_s)
    plateau = _level(frames)
    foot_s = _foot_s(start, ground + _SWEPT * (plateau - ground), history, config)
    earlier = history.between(-inf, foot_s - config.pre_gap_s)
    pre = first_window(reversed(earlier), *margin)
    pre_mean = _mean(pre, ground)
    first_level = _level(history.between(start.t_s, min(start.t_s + config.margin_s, end_s)))
    last_level = _level(history.between(max(end_s - config.margin_s, start.t_s), end_s))
    rising = history.between(start.t_s - 1.0, end_s)
    falling = history.between(start.t_s, end_s + config.post_gap_s + config.margin_s)[::-1]
    return Emission(
        frames=frames,
        before=[sample for sample in earlier if sample.t_s >= foot_s - 1.0],
        pre=pre,
        post=post,
        pre_mean=pre_mean,
        post_mean=post_mean,
        first_level=first_level,
        last_level=last_level,
        rise_s=_edge_s(rising, pre_mean, max(first_level, plateau)),
        fall_s=_edge_s(falling, post_mean, max(last_level, plateau)),
    )


def _mean(samples: list[Sample], otherwise: float) -> float:
    return fmean(sample.gray for sample in samples) if samples else otherwise


def _level(samples: list[Sample]) -> float:
    """Gray value of a part of the plateau; the median passes over a dip."""
    return median(sample.gray for sample in samples)


def _start(region: Region, post_mean: float, history: History, config: DetectorConfig) -> tuple[Sample, float]:
    """First frame of the emission, and the gray value on which it stands.

    That is the first one at half of the height: neither noise nor a half-swept picture starts an emission. But where
    the region opened by a step to the level to which it falls back in the end, the emission stands on that step.
    """
    seen = history.between(region.opened.t_s - config.edge_s, region.end.t_s)
    half = (region.baseline + region.plateau) / 2
    step = post_mean + _ON_STEP * (region.plateau - post_mean)
    first_high = next((sample for sample in seen if sample.gray >= (region.plateau + post_mean) / 2), region.opened)
    on_step = [sample for sample in seen if region.opened.t_s <= sample.t_s < first_high.t_s - config.edge_s / 2]
    if first_high.t_s - region.opened.t_s >= config.bridge_s and _level(on_step) <= step:
        return first_high, _level(on_step)
    return next((sample for sample in seen if sample.gray >= half), region.opened), region.baseline


def _foot_s(start: Sample, swept: float, history: History, config: DetectorConfig) -> float:
    """Time of the first frame of the edge: half-swept pictures belong neither to the emission nor before it."""
    foot_s = start.t_s
    for sample in reversed(history.between(start.t_s - config.edge_s, start.t_s)):
        if sample.gray < swept:
            break
        foot_s = sample.t_s
    return foot_s


def _edge_s(samples: Sequence[Sample], low: float, high: float) -> float:
    """Time that an edge takes, less the one frame that every edge takes."""
    foot, shoulder = low + _FOOT * (high - low), low + _SHOULDER * (high - low)
    top = next((index for index, sample in enumerate(samples) if sample.gray >= shoulder), len(samples) - 1)
    bottom = next((index for index in range(top, -1, -1) if samples[index].gray <= foot), 0)
    if top - bottom <= 1:
        return 0.0
    return abs(samples[top].t_s - samples[bottom + 1].t_s)
