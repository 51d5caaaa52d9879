"""Measuring a candidate: its edges, its plateau, and the gray value before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import History, Sample
    from nhem_qt.detection.region import Region


@dataclass(frozen=True, slots=True)
class Emission:
    """What is measured of a candidate."""

    frames: list[Sample]
    plateau: float
    pre: list[Sample]
    post: list[Sample]
    pre_mean: float
    post_mean: float
    rise_s: float
    fall_s: float

    @property
    def difference(self) -> float:
        """Gray value after minus before."""
        return self.post_mean - self.pre_mean

    @property
    def height(self) -> float:
        """Gray value of the plateau above the one before."""
        return self.plateau - self.pre_mean

    @property
    def duration_s(self) -> float:
        """Time from the first to the last frame."""
        return self.frames[-1].t_s - self.frames[0].t_s

    @property
    def span(self) -> float:
        """How much the plateau varies; its first and last frame may lie on the edges."""
        inner = [sample.gray for sample in self.frames[1:-1]]
        return max(inner) - min(inner) if inner else 0.0


def measure(region: Region, history: History, config: DetectorConfig) -> Emission:
    """Measure the candidate in `region`, whose end is known."""
    end_s = region.end.t_s
    half = (region.baseline + region.plateau) / 2
    seen = history.between(region.opened.t_s - config.edge_s, end_s)
    start = next((sample for sample in seen if sample.gray >= half), region.opened)
    frames = [sample for sample in seen if sample.t_s >= start.t_s]
    pre = _before(start.t_s - config.pre_gap_s, history, config)
    post = _after(end_s + config.post_gap_s, history, config)
    plateau = median(sample.gray for sample in frames)
    pre_mean = fmean(sample.gray for sample in pre) if pre else region.baseline
    post_mean = fmean(sample.gray for sample in post) if post else float("nan")
    rise_s = _crossing_s(history.between(start.t_s - 1.0, end_s), pre_mean, plateau)
    falling = history.between(start.t_s, post[-1].t_s if post else end_s)
    fall_s = _crossing_s(falling[::-1], post_mean, plateau)
    return Emission(frames, plateau, pre, post, pre_mean, post_mean, rise_s, fall_s)


def _before(last_s: float, history: History, config: DetectorConfig) -> list[Sample]:
    """Return the samples up to `last_s`: `margin_s` of them, and `margin_frames` at least."""
    samples = history.between(float("-inf"), last_s)
    timely = sum(sample.t_s >= last_s - config.margin_s for sample in samples)
    return samples[-max(timely, config.margin_frames) :]


def _after(first_s: float, history: History, config: DetectorConfig) -> list[Sample]:
    """Return the samples from `first_s` on: `margin_s` of them and `margin_frames` at least, if there are as many."""
    samples = history.between(first_s, float("inf"))
    timely = sum(sample.t_s <= first_s + config.margin_s for sample in samples)
    return samples[: max(timely, config.margin_frames)]


def _crossing_s(samples: list[Sample], low: float, high: float) -> float:
    """Time that an edge takes from 0.2 to 0.7 of its height, less the frame that any edge takes."""
    foot, shoulder = low + 0.2 * (high - low), low + 0.7 * (high - low)
    top = next((index for index, sample in enumerate(samples) if sample.gray >= shoulder), len(samples) - 1)
    bottom = next((index for index in range(top, -1, -1) if samples[index].gray <= foot), 0)
    if top - bottom <= 1:
        return 0.0
    return abs(samples[top].t_s - samples[bottom + 1].t_s)
