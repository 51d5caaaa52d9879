"""Measurements to samples: what the detector says of every gray value."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

from nhem_qt.detection import PeakDetector
from nhem_qt.monitor.sample import Measurement, Sample
from nhem_qt.monitor.simple_rule import SIMPLE_RULE_RISE_GRAY, SimpleRule

if TYPE_CHECKING:
    from nhem_qt.detection import DetectorConfig


class Judge(Protocol):
    """Turns measurements into samples, one by one; live and offline runs share it."""

    def judge(self, measurement: Measurement) -> Sample:
        """Return the measurement with the verdict on it."""

    def finish(self) -> Sample | None:
        """End the stream: the last sample anew if a pending peak is decided by that, else None."""


class PeakJudge:
    """The judge of all measured sources."""

    def __init__(self, config: DetectorConfig, rate_hz: float) -> None:
        self._detector = PeakDetector(config, rate_hz)
        self._last: Sample | None = None

    def judge(self, measurement: Measurement) -> Sample:
        """Feed the detector, also with what was not measured: it must know of gaps."""
        detection = self._detector.process_frame(measurement.gray, measurement.frame_index, measurement.t_s)
        self._last = Sample(
            measurement,
            detection.baseline,
            detection.threshold,
            in_peak_region=detection.in_peak_region,
            peak_signal=detection.peak_signal,
            peak=detection.peak,
            rejection=detection.rejection,
        )
        return self._last

    def finish(self) -> Sample | None:
        """Decide what is pending on the last sample."""
        peak = self._detector.finish()
        if peak is None or self._last is None:
            return None
        return dataclasses.replace(self._last, peak=peak, peak_signal=1)


class SineJudge:
    """The judge of the sine source: the simple rule, which signals but finds no peaks."""

    def __init__(self, buffer_size: int) -> None:
        self._rule = SimpleRule(buffer_size)

    def judge(self, measurement: Measurement) -> Sample:
        """Apply the simple rule."""
        baseline = self._rule.baseline
        signals = measurement.gray is not None and self._rule.signals(measurement.gray)
        return Sample(
            measurement,
            baseline,
            None if baseline is None else baseline + SIMPLE_RULE_RISE_GRAY,
            in_peak_region=signals,
            peak_signal=1 if signals else None,
            peak=None,
            rejection=None,
        )

    def finish(self) -> None:
        """Nothing is ever pending."""
