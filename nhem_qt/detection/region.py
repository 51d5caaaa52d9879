"""Where a region opens, and where it ends."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import History, Sample

_MOST_SAMPLES = 1000


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
        "fallen",
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
        self.fallen = False
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

    def has_ended(self, sample: Sample, history: History) -> bool:
        """Follow one sample; True once the end is certain and the pictures after it are there (or the next rise)."""
        self._add(sample)
        recent = self._recent_sum / len(self._recent)
        closing_level = (self.plateau + recent) / 2
        low_s = sample.t_s - self.end.t_s
        self.is_high = sample.gray >= closing_level
        if self.is_high:
            if self.fallen and low_s >= self._config.bridge_s:
                return True
            self.end, self.fallen = sample, False
            return False
        self.end = history.last_at_or_above(closing_level)
        fall, height = self.plateau - recent, self.plateau - self.baseline
        self.fallen = fall >= 0.5 * height
        if self.fallen:
            return self._post_is_complete(sample)
        return fall >= 0.15 * height and sample.t_s - self.end.t_s >= self._config.doubtful_fall_s

    def _post_is_complete(self, sample: Sample) -> bool:
        config = self._config
        first_s = self.end.t_s + config.post_gap_s
        if sample.t_s < first_s + config.margin_s:
            return False
        return sum(recent.t_s >= first_s for recent in self._recent) >= config.margin_frames

    def _add(self, sample: Sample) -> None:
        self._top = max(self._top, sample.gray)
        if sample.gray >= (self.baseline + self._top) / 2:
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
