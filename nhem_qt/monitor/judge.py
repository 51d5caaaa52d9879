"""Measurements to samples: what the detector says of every gray value."""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from typing import TYPE_CHECKING, Protocol

from nhem_qt.detection import PeakDetector
from nhem_qt.monitor.picture_faults import PictureNotice
from nhem_qt.monitor.sample import Measurement, Sample
from nhem_qt.monitor.simple_rule import SIMPLE_RULE_RISE_GRAY, SimpleRule

if TYPE_CHECKING:
    from nhem_qt.detection import DetectorConfig, Peak, Rejection


# No tissue is seen then.
_HIDDEN = frozenset({PictureNotice.BLACK, PictureNotice.COVERED})
_FLICKER_S = 0.25


class Veil:
    """Whether tissue is hidden, as the notices of the samples say, and when for more than a flicker."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._is_told = False

    @property
    def is_there(self) -> bool:
        """Whether it is hidden now."""
        return self._since_s is not None

    def see(self, notice: str | None, t_s: float) -> bool:
        """Take in the notice of the next sample; returns, once, that it is more than a flicker."""
        if notice not in _HIDDEN:
            self._since_s, self._is_told = None, False
            return False
        if self._since_s is None:
            self._since_s = t_s
        if self._is_told or t_s - self._since_s < _FLICKER_S:
            return False
        self._is_told = True
        return True


class Judge(Protocol):
    """Turns measurements into samples, one by one; live and offline runs share it."""

    def judge(self, measurement: Measurement) -> Sample:
        """Return the measurement with the verdict on it."""

    def restart(self, config: DetectorConfig) -> None:
        """Begin anew: the gray values to come have nothing to do with those so far."""

    def finish(self) -> Sample | None:
        """End the stream: the last sample anew if a pending peak is decided by that, else None."""

    def take_rejections(self) -> tuple[Rejection, ...]:
        """Return the rejected candidates that no sample has told, such as one that the end interrupted."""


class PeakJudge:
    """The judge of all measured sources; it numbers the peaks of a session from 1, over all restarts.

    While the notice of a measurement says that the tissue is hidden, the detector is shown nothing, and if that is more
    than a flicker it begins anew. Where the picture stands still or shows another place, its own rules do better: to
    begin anew would cost emissions that follow soon.
    """

    def __init__(self, config: DetectorConfig, rate_hz: float) -> None:
        self._config = config
        self._rate_hz = rate_hz
        self._veil = Veil()
        self._detector = PeakDetector(config, rate_hz)
        self._pending: Peak | None = None
        self._rejections: deque[Rejection] = deque()
        self._peaks_found = 0
        self._last: Sample | None = None

    def judge(self, measurement: Measurement) -> Sample:
        """Feed the detector, also with what was not measured: it must know of gaps."""
        gray = self._gray_of_tissue(measurement)
        detection = self._detector.process_frame(gray, measurement.frame_index, measurement.t_s)
        peak, self._pending = detection.peak or self._pending, None
        if detection.rejection is not None:
            self._reject(detection.rejection)
        self._last = Sample(
            measurement,
            detection.baseline,
            detection.threshold,
            in_peak_region=detection.in_peak_region,
            peak_signal=None if peak is None else 1,
            peak=None if peak is None else self._numbered(peak, measurement.frame_index),
            rejection=self._rejections.popleft() if self._rejections else None,
        )
        return self._last

    def restart(self, config: DetectorConfig) -> None:
        """Begin with a new detector; what the old one still waits with is told with the next sample."""
        self._config = config
        self._pending = self._concluded()
        self._detector = PeakDetector(config, self._rate_hz)

    def finish(self) -> Sample | None:
        """Decide what is pending on the last sample."""
        peak = self._concluded()
        if peak is None or self._last is None:
            return None
        peak = self._numbered(peak, self._last.measurement.frame_index)
        return dataclasses.replace(self._last, peak=peak, peak_signal=1)

    def take_rejections(self) -> tuple[Rejection, ...]:
        """Return the rejected candidates that no sample has told, such as one that the end interrupted."""
        untold = tuple(self._rejections)
        self._rejections.clear()
        return untold

    def _concluded(self) -> Peak | None:
        """End the detector: returns the peak that is pending, and notes what it rejects by that."""
        peak = self._detector.finish() or self._pending
        self._reject(*self._detector.take_rejections())
        return peak

    def _reject(self, *rejections: Rejection) -> None:
        self._rejections.extend(rejections)
        for rejection in rejections:
            _log_rejection(rejection)

    def _gray_of_tissue(self, measurement: Measurement) -> float | None:
        """Return the gray value if it is one of tissue; begin anew where tissue was hidden for more than a flicker."""
        if self._veil.see(measurement.notice, measurement.t_s):
            self.restart(self._config)
        return None if self._veil.is_there else measurement.measured_gray

    def _numbered(self, peak: Peak, decided_frame: int) -> Peak:
        self._peaks_found += 1
        numbered = dataclasses.replace(peak, peak_index=self._peaks_found, decided_frame=decided_frame)
        _log_peak(numbered)
        return numbered


def _log_peak(peak: Peak) -> None:
    words = "peak %d %s from %.3f to %.3f s, difference %+.2f, confidence %.2f"
    values = (peak.peak_index, peak.color, peak.start_s, peak.end_s, peak.difference, peak.confidence)
    logging.getLogger(__name__).info(words, *values)


def _log_rejection(rejection: Rejection) -> None:
    words = "candidate from %.3f to %.3f s rejected: %s (%.3g, limit %.3g)"
    values = (rejection.start_s, rejection.end_s, rejection.reason, rejection.measured, rejection.limit)
    logging.getLogger(__name__).info(words, *values)


class SineJudge:
    """The judge of the sine source: the simple rule, which signals but finds no peaks."""

    def __init__(self, buffer_size: int) -> None:
        self._buffer_size = buffer_size
        self._rule = SimpleRule(buffer_size)

    def judge(self, measurement: Measurement) -> Sample:
        """Apply the simple rule."""
        baseline = self._rule.baseline
        gray = measurement.measured_gray
        signals = gray is not None and self._rule.signals(gray)
        return Sample(
            measurement,
            baseline,
            None if baseline is None else baseline + SIMPLE_RULE_RISE_GRAY,
            in_peak_region=signals,
            peak_signal=1 if signals else None,
            peak=None,
            rejection=None,
        )

    def restart(self, config: DetectorConfig) -> None:  # noqa: ARG002 - the rule has no parameters
        """Forget the mean."""
        self._rule = SimpleRule(self._buffer_size)

    def finish(self) -> None:
        """Nothing is ever pending."""

    def take_rejections(self) -> tuple[Rejection, ...]:
        """Return nothing: the rule rejects none."""
        return ()
