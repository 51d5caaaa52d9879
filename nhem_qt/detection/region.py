"""An open region, and where it ends."""

from __future__ import annotations

from collections import deque
from math import inf
from statistics import median
from typing import TYPE_CHECKING

from nhem_qt.detection.history import ROUNDING_GRAY, is_window, largest_rise, rounded
from nhem_qt.detection.results import Fault, Reason

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import History, Margin, Sample

_MOST_SAMPLES = 1000


class Region:
    """An open region: it follows the plateau and notices when the plateau has been left for good."""

    def __init__(
        self, opened: Sample, baseline: float, threshold: float, margin: Margin, config: DetectorConfig
    ) -> None:
        self.opened = opened
        self.baseline = baseline
        self.threshold = threshold
        self.end = opened
        self.last_low_s = -inf
        self._margin = margin
        self._config = config
        self._top = opened.gray
        self._plateau_sum, self._plateau_count = 0.0, 0
        self._recent: deque[Sample] = deque()
        self._recent_sum = 0.0
        self._add(opened)

    @property
    def plateau(self) -> float:
        """Mean gray value of the plateau without its dips."""
        return self._plateau_sum / self._plateau_count

    @property
    def is_high(self) -> bool:
        """Whether the newest sample belongs to the region."""
        return self.end is self._recent[-1]

    def has_ended(self, sample: Sample, history: History) -> bool:
        """Follow one sample; True once the end is certain and what follows it is there (or the next rise)."""
        config = self._config
        was_low_s = sample.t_s - self.end.t_s if self._fallen >= config.clear_fall_share else 0.0
        self._add(sample)
        closing_level = self._closing_level()
        if sample.gray < closing_level:
            self.last_low_s = sample.t_s
            last_high = history.last_at_or_above(closing_level)
            self.end = last_high if last_high.t_s > self.opened.t_s else self.opened
            return self._is_certain(sample, history)
        if was_low_s >= config.bridge_s:
            return True
        self.end = sample
        return False

    def fault(self, sample: Sample) -> Fault | None:
        """Say so if the plateau has lasted too long, or neither holds nor falls."""
        config, open_s, length_s = self._config, sample.t_s - self.opened.t_s, self.end.t_s - self.opened.t_s
        if length_s > config.max_duration_s:
            return Fault(Reason.TOO_LONG, length_s, config.max_duration_s)
        if open_s > config.max_duration_s + config.doubtful_fall_s and self._fallen < config.clear_fall_share:
            return Fault(Reason.DID_NOT_FALL, self._fallen, config.clear_fall_share)
        return None

    @property
    def _recent_level(self) -> float:
        return self._recent_sum / len(self._recent)

    @property
    def _fallen(self) -> float:
        """Share of the height by which the newest pictures lie below the plateau."""
        return rounded((self.plateau - self._recent_level) / (self.plateau - self.baseline))

    def _closing_level(self) -> float:
        """Gray value between plateau and newest pictures: nearer to those the closer they are to the baseline.

        A plateau dips by half of its height, so a level halfway would cut it short. But where a mark stays, it is
        brightest at first and fades: a low level would count its first pictures as plateau.
        """
        config, stays = self._config, max(0.0, 1 - self._fallen)
        share = min(config.closing_share + config.closing_share_of_mark * stays, config.closing_share_limit)
        return self._recent_level + share * (self.plateau - self._recent_level) - ROUNDING_GRAY

    def _is_certain(self, sample: Sample, history: History) -> bool:
        config, low_s, fallen = self._config, sample.t_s - self.end.t_s, self._fallen
        if fallen < config.doubtful_fall_share:
            return False
        post = history.between(self.end.t_s + config.post_gap_s)
        if not is_window(post, self._margin) and low_s < config.post_gap_s + self._margin.patience_s:
            return False
        if fallen >= config.clear_fall_share:
            return True
        sharpness = self._sharpness(history)
        if fallen >= config.half_fall_share and sharpness >= config.sharpness:
            return True
        return low_s >= config.doubtful_fall_s and self._jump_share(history) >= config.doubtful_sharpness

    def _sharpness(self, history: History) -> float:
        """Share of the fall that came at once: a plateau that declines slowly has not ended yet."""
        end_s, edge_s = self.end.t_s, self._config.edge_s
        last = history.between(end_s - edge_s, end_s)
        after = history.between(end_s + edge_s / 2, end_s + 1.5 * edge_s)
        if not last or not after:
            return 1.0
        return rounded((_level(last) - _level(after)) / (self.plateau - self._recent_level))

    def _jump_share(self, history: History) -> float:
        """Share of the fall that came within one edge: less than it may seem, as the plateau goes up and down."""
        edge_s = self._config.edge_s
        around = history.between(self.end.t_s - edge_s, self.end.t_s + edge_s)[::-1]
        return rounded(largest_rise(around, edge_s) / (self.plateau - self._recent_level))

    def _add(self, sample: Sample) -> None:
        self._top = max(self._top, sample.gray)
        if sample.gray >= self.baseline + self._config.plateau_share * (self._top - self.baseline):
            self._plateau_sum += sample.gray
            self._plateau_count += 1
        recent = self._recent
        recent.append(sample)
        self._recent_sum += sample.gray
        while self._is_old(recent[0], sample):
            self._recent_sum -= recent.popleft().gray

    def _is_old(self, oldest: Sample, newest: Sample) -> bool:
        margin, count = self._margin, len(self._recent)
        return count > _MOST_SAMPLES or (count > margin.frames and newest.t_s - oldest.t_s > margin.span_s)


def _level(samples: list[Sample]) -> float:
    return median(sample.gray for sample in samples)
