"""Where a region opens, and where it ends."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import TYPE_CHECKING

from nhem_qt.detection.history import is_window

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import History, Sample

_MOST_SAMPLES = 1000
# Shares of the height of the plateau above the baseline:
_CLEAR_FALL = 0.7  # falls by more end a region as soon as they are no dip
_LEAST_FALL = 0.2  # falls by less do not end it at all
_HIGH = 0.65  # pictures above this are the plateau, not its dips, its mark or its afterglow


def opens(sample: Sample, history: History, baseline: float, threshold: float, config: DetectorConfig) -> bool:
    """Whether a region opens: the threshold is reached, and by a jump (a slow rise belongs to the baseline)."""
    if not sample.gray >= threshold > baseline:
        return False
    jump = sample.gray - history.lowest_gray(since_s=sample.t_s - config.edge_s)
    return jump >= 0.5 * (threshold - baseline)


class Region:
    """An open region: it follows the plateau and notices when the plateau has been left for good.

    The closing level lies halfway between the plateau and the newest pictures. So it needs no idea of how high the
    gray value will stay: a strong mark ends a region as well as none.
    """

    __slots__ = (
        "_config",
        "_high_count",
        "_high_sum",
        "_recent",
        "_recent_sum",
        "_top",
        "baseline",
        "end",
        "is_high",
        "opened",
        "threshold",
    )

    def __init__(self, opened: Sample, baseline: float, threshold: float, config: DetectorConfig) -> None:
        self.opened = opened
        self.baseline = baseline
        self.threshold = threshold
        self.end = opened
        self.is_high = True
        self._config = config
        self._top = opened.gray
        self._high_sum = 0.0
        self._high_count = 0
        self._recent: deque[Sample] = deque()
        self._recent_sum = 0.0
        self._add(opened)

    @property
    def plateau(self) -> float:
        """Mean gray value of the plateau without its dips."""
        return self._high_sum / self._high_count

    def is_too_long(self, sample: Sample) -> bool:
        """Whether the plateau has lasted too long, or neither holds nor falls."""
        config = self._config
        if self.end.t_s - self.opened.t_s > config.max_duration_s:
            return True
        waited_s = sample.t_s - self.opened.t_s
        return waited_s > config.max_duration_s + config.doubtful_fall_s and self._fallen < _CLEAR_FALL

    def has_ended(self, sample: Sample, history: History) -> bool:
        """Follow one sample; True once the end is certain and the pictures after it are there (or the next rise)."""
        fallen_before = self._fallen
        self._add(sample)
        closing_level = (self.plateau + self._recent_level) / 2
        self.is_high = sample.gray >= closing_level
        if self.is_high:
            if fallen_before >= _CLEAR_FALL and sample.t_s - self.end.t_s >= self._config.bridge_s:
                return True
            self.end = sample
            return False
        self.end = history.last_at_or_above(closing_level)
        return self._is_certain(sample, history)

    @property
    def _recent_level(self) -> float:
        return self._recent_sum / len(self._recent)

    @property
    def _fallen(self) -> float:
        """Share of the height by which the newest pictures lie below the plateau."""
        return (self.plateau - self._recent_level) / (self.plateau - self.baseline)

    def _is_certain(self, sample: Sample, history: History) -> bool:
        config, low_s, fallen = self._config, sample.t_s - self.end.t_s, self._fallen
        if low_s < config.post_gap_s or fallen < _LEAST_FALL:
            return False
        if fallen < _CLEAR_FALL and low_s < config.doubtful_fall_s:
            return False
        post = history.between(self.end.t_s + config.post_gap_s)
        if not is_window(post, config.margin_frames, config.margin_s):
            return False
        return fallen >= _CLEAR_FALL or self._fell_at_once(history)

    def _fell_at_once(self, history: History) -> bool:
        """Whether the plateau broke off; one that declines slowly has not ended yet."""
        end_s, edge_s = self.end.t_s, self._config.edge_s
        last, next_ = history.between(end_s - edge_s, end_s), history.between(end_s + edge_s / 2, end_s + 1.5 * edge_s)
        if not next_:
            return True
        drop = median(sample.gray for sample in last) - median(sample.gray for sample in next_)
        return drop >= 0.6 * (self.plateau - self._recent_level)

    def _add(self, sample: Sample) -> None:
        self._top = max(self._top, sample.gray)
        if sample.gray >= self.baseline + _HIGH * (self._top - self.baseline):
            self._high_sum += sample.gray
            self._high_count += 1
        recent = self._recent
        recent.append(sample)
        self._recent_sum += sample.gray
        while self._is_old(recent[0], sample):
            self._recent_sum -= recent.popleft().gray

    def _is_old(self, oldest: Sample, newest: Sample) -> bool:
        config, count = self._config, len(self._recent)
        return count > _MOST_SAMPLES or (count > config.margin_frames and newest.t_s - oldest.t_s > config.margin_s)
