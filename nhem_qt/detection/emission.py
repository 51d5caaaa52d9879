"""Measuring a candidate: its edges, its plateau, and the gray value before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from statistics import fmean, median
from typing import TYPE_CHECKING

from nhem_qt.detection.history import count_fresh, first_window, largest_rise, rounded

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import History, Margin, Sample
    from nhem_qt.detection.region import Region


@dataclass(frozen=True, slots=True)
class Emission:
    """What is measured of a candidate, in gray; `first` and `last` level are the plateau's.

    `before`: the time that shows how lively the picture is; `pace_hz`: pictures per second in it.
    `jump` and `drop`: by how much it rose at once in the begin, and fell at once in the end.
    """

    frames: list[Sample]
    before: list[Sample]
    pace_hz: float
    pre: list[Sample]
    post: list[Sample]
    pre_mean: float
    post_mean: float
    first_level: float
    last_level: float
    jump: float
    drop: float

    @property
    def difference(self) -> float:
        """Gray value after minus before."""
        return rounded(self.post_mean - self.pre_mean)

    @property
    def rise(self) -> float:
        """Height of the first edge."""
        return rounded(self.first_level - self.pre_mean)

    @property
    def height(self) -> float:
        """Height of the whole plateau above the ground before and after: a mark grows while the emission lasts."""
        return rounded(median(sample.gray for sample in self.frames) - (self.pre_mean + self.post_mean) / 2)

    @property
    def fall(self) -> float:
        """Height of the last edge."""
        return rounded(self.last_level - self.post_mean)

    @property
    def sharpness(self) -> float:
        """Share of its rise and fall that came at once."""
        return (self.jump + self.drop) / max(self.rise + self.fall, 1.0)

    @property
    def rise_sharpness(self) -> float:
        """Share of its rise alone that came at once."""
        return self.jump / max(self.rise, 1.0)

    @property
    def duration_s(self) -> float:
        """Time from the first to the last frame."""
        return self.frames[-1].t_s - self.frames[0].t_s

    @property
    def period_s(self) -> float:
        """Time from frame to frame."""
        return self.duration_s / max(1, len(self.frames) - 1)

    @property
    def shown_s(self) -> float:
        """Duration, with the time for which the last frame is shown."""
        return self.duration_s + self.period_s


def measure(region: Region, history: History, margin: Margin, config: DetectorConfig) -> Emission:
    """Measure the candidate in `region`, whose end is known."""
    end_s = region.end.t_s
    post = first_window(history.between(end_s + config.post_gap_s, region.last_low_s), margin)
    post_mean = _mean(post, region.baseline)
    last_level = _level(history.between(max(end_s - margin.span_s, region.opened.t_s), end_s), region.plateau)
    start, ground = _start(region, max(region.plateau, last_level), post_mean, history, config)
    frames = history.between(start.t_s, end_s) or [start]
    plateau = _level(frames, region.plateau)
    foot_s = _foot_s(start, ground + config.swept_share * (plateau - ground), history, config)
    pre = first_window(history.backwards(foot_s - config.pre_gap_s), margin)
    pre_mean = _mean(pre, ground)
    first_level = _level(history.between(start.t_s, min(start.t_s + margin.span_s, end_s)), plateau)
    before = history.between(foot_s - config.before_s, foot_s - config.pre_gap_s)
    pace_hz = _pace_hz(before, config)
    at_once_s = max(config.edge_s, config.edge_pictures / pace_hz)
    reach_s = 1.5 * config.edge_s
    rising = history.between(start.t_s - reach_s, start.t_s + reach_s)
    falling = history.between(max(start.t_s, end_s - reach_s), end_s + reach_s)[::-1]
    return Emission(
        frames=frames,
        before=before,
        pace_hz=pace_hz,
        pre=pre,
        post=post,
        pre_mean=pre_mean,
        post_mean=post_mean,
        first_level=first_level,
        last_level=last_level,
        jump=largest_rise(rising, at_once_s),
        drop=largest_rise(falling, at_once_s),
    )


def _mean(samples: list[Sample], otherwise: float) -> float:
    return fmean(sample.gray for sample in samples) if samples else otherwise


def _level(samples: list[Sample], otherwise: float) -> float:
    """Gray value of a part of the plateau; the median passes over a dip."""
    return median(sample.gray for sample in samples) if samples else otherwise


def _start(
    region: Region, plateau: float, post_mean: float, history: History, config: DetectorConfig
) -> tuple[Sample, float]:
    """First frame of the emission, and the gray value of the ground on which it stands.

    That is the first one at half of the height: neither noise nor a half-swept picture starts an emission. But where
    the region opened by a step to the level to which it falls back in the end, the emission stands on that step.
    """
    seen = history.between(region.opened.t_s - config.edge_s, region.end.t_s)
    first_high = _first_at(seen, (plateau + post_mean) / 2, region.opened)
    if first_high.t_s - region.opened.t_s >= config.bridge_s:
        until_s = first_high.t_s - config.edge_s / 2
        step = _level(history.between(max(until_s - config.edge_s, region.opened.t_s), until_s), inf)
        if step <= post_mean + config.step_share * (plateau - post_mean):
            return first_high, step
    return _first_at(seen, (region.plateau + region.baseline) / 2, region.opened), region.baseline


def _first_at(samples: list[Sample], gray: float, otherwise: Sample) -> Sample:
    return next((sample for sample in samples if sample.gray >= gray), otherwise)


def _foot_s(start: Sample, swept: float, history: History, config: DetectorConfig) -> float:
    """Time of the first frame of the edge: half-swept pictures belong neither to the emission nor before it."""
    foot_s = start.t_s
    for sample in reversed(history.between(start.t_s - config.edge_s, start.t_s)):
        if sample.gray < swept:
            break
        foot_s = sample.t_s
    return foot_s


def _pace_hz(before: list[Sample], config: DetectorConfig) -> float:
    """Fresh pictures per second."""
    span_s = before[-1].t_s - before[0].t_s if before else 0.0
    pace_hz = count_fresh(before, config.still_gray) / span_s if span_s > 0 else 0.0
    return max(pace_hz, config.least_picture_hz)
