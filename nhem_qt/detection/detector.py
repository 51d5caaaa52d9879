"""The peak detector: one gray value in, one Detection out."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from math import inf, isfinite
from operator import attrgetter
from typing import TYPE_CHECKING

from nhem_qt.detection.baseline import Baseline
from nhem_qt.detection.classification import classify
from nhem_qt.detection.config import DetectorConfig
from nhem_qt.detection.emission import Emission, measure
from nhem_qt.detection.history import History, Margin, Sample
from nhem_qt.detection.region import Region
from nhem_qt.detection.results import Detection, Fault, Peak, Rejection
from nhem_qt.detection.unrest import Motion, Noise
from nhem_qt.detection.validation import first_fault

if TYPE_CHECKING:
    from collections.abc import Iterable


class PeakDetector:
    """Finds emissions in a stream of gray values, in constant time and memory per frame.

    A region opens where the gray value jumps above the baseline, ends where the plateau is left for good, is measured
    as soon as the pictures after it are there, and becomes a Peak or a Rejection. What is decided never changes.
    """

    def __init__(self, config: DetectorConfig | None = None, rate_hz: float = 45.0) -> None:
        if not rate_hz > 0:
            raise ValueError(f"rate_hz is {rate_hz}: it must be greater than 0")
        self.config = DetectorConfig() if config is None else config
        self.rate_hz = rate_hz
        self._margin = _margin(self.config, rate_hz)
        self._peaks: deque[Peak] = deque()
        self._rejections: deque[Rejection] = deque()
        self._peaks_found = 0
        self._last_frame = 0
        self._last_s = -inf
        self._begin_anew()

    def process_frame(self, signal_value: float | None, frame_count: int, t_s: float | None = None) -> Detection:
        """Take in one gray value; None and NaN mean that nothing was measured. `t_s`: frame_count / rate_hz if None."""
        if signal_value is None or not isfinite(signal_value):
            return self._detection(frame_count, in_region=False)
        time_s = frame_count / self.rate_hz if t_s is None else t_s
        if not 0 <= time_s - self._last_s <= self.config.max_gap_s:
            self._conclude()
            self._begin_anew()
        self._last_s = time_s
        self._advance(Sample(frame_count, time_s, float(signal_value)))
        return self._detection(frame_count, in_region=self._region is not None and self._region.is_high)

    def finish(self) -> Peak | None:
        """End the stream: the pending peak if at least two frames after it are there, else None."""
        self._conclude()
        self._begin_anew()
        return self._next_peak(self._last_frame)

    def take_rejections(self) -> tuple[Rejection, ...]:
        """Return the rejected candidates that no Detection has told, such as one that the end interrupted."""
        untold = tuple(self._rejections)
        self._rejections.clear()
        return untold

    def _begin_anew(self) -> None:
        self._last_s = -inf
        self._noise = Noise(self.config)
        self._motion = Motion(self.config)
        self._restart([])

    def _restart(self, samples: Iterable[Sample]) -> None:
        """Find the baseline anew, from the last samples of the history."""
        config = self.config
        self._history = History(config.max_duration_s + config.doubtful_fall_s + 2 * self._margin.patience_s + 1.5)
        self._baseline = Baseline(config)
        self._motion.interrupt()
        self._region: Region | None = None
        for sample in samples:
            self._advance(sample)

    def _advance(self, sample: Sample) -> None:
        self._history.add(sample)
        region = self._region
        if region is None:
            self._watch(sample)
        elif region.has_ended(sample, self._history):
            self._judge(region)
        elif fault := region.fault(sample):
            self._reject(region.opened, region.end, fault)

    def _watch(self, sample: Sample) -> None:
        level = self._baseline.level
        if level is not None:
            threshold = self._threshold(level)
            if sample.gray >= threshold > level:
                self._region = Region(sample, level, threshold, self._margin, self.config)
                return
        self._noise.add(sample.gray)
        self._motion.add(sample)
        self._baseline.add(sample)

    def _threshold(self, level: float) -> float:
        config = self.config
        if config.mode == "fixed":
            return config.threshold
        return level + max(config.min_rise_gray, config.rise_noise_factor * self._noise.sigma)

    def _judge(self, region: Region) -> None:
        emission = measure(region, self._history, self._margin, self.config)
        fault = first_fault(emission, self._noise.sigma, self.config)
        if fault is None:
            self._accept(emission, region)
        else:
            self._reject(emission.frames[0], emission.frames[-1], fault)

    def _conclude(self) -> None:
        """Judge an open region by what is there of it."""
        if self._region is not None:
            self._judge(self._region)

    def _accept(self, emission: Emission, region: Region) -> None:
        self._peaks.append(_peak(emission, region, self._motion.sigma, self.config))
        self._restart(self._history.between(region.end.t_s + self.config.post_gap_s))

    def _reject(self, start: Sample, end: Sample, fault: Fault) -> None:
        """Report the candidate, and look again at what it may have hidden: its level may be the new baseline."""
        self._rejections.append(Rejection(fault.reason, start.frame, end.frame, start.t_s, end.t_s, *fault[1:]))
        self._restart(self._history.between(start.t_s + self.config.edge_s))

    def _detection(self, frame: int, *, in_region: bool) -> Detection:
        self._last_frame = frame
        level = self._baseline.level  # stands still, as the noise does, while a region is open
        return Detection(
            frame,
            level,
            None if level is None else self._threshold(level),
            in_region,
            self._next_peak(frame),
            self._rejections.popleft() if self._rejections else None,
        )

    def _next_peak(self, frame: int) -> Peak | None:
        if not self._peaks:
            return None
        self._peaks_found += 1
        return replace(self._peaks.popleft(), peak_index=self._peaks_found, decided_frame=frame)


def _margin(config: DetectorConfig, rate_hz: float) -> Margin:
    expected_s = max(config.margin_s, config.margin_frames / rate_hz)
    return Margin(config.margin_frames, config.margin_s, patience_s=2 * expected_s)


def _peak(emission: Emission, region: Region, sigma: float, config: DetectorConfig) -> Peak:
    """Make the peak of an emission; index and frame of the decision are filled in when it is told."""
    start, end = emission.frames[0], emission.frames[-1]
    top = max(emission.frames, key=attrgetter("gray"))
    verdict = classify(emission.difference, config.difference_threshold, config.motion_share * sigma)
    return Peak(
        peak_index=0,
        color=str(verdict.color),
        confidence=verdict.confidence,
        start_frame=start.frame,
        end_frame=end.frame,
        peak_frame=top.frame,
        decided_frame=end.frame,
        start_s=start.t_s,
        end_s=end.t_s,
        duration_s=emission.duration_s,
        baseline=region.baseline,
        threshold=region.threshold,
        peak_gray=top.gray,
        pre_mean=emission.pre_mean,
        post_mean=emission.post_mean,
        difference=emission.difference,
        difference_threshold=config.difference_threshold,
        mode=config.mode,
    )
