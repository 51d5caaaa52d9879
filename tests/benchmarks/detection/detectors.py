"""Our detector, and `scipy.signal.find_peaks` beside it: each from a curve to the emissions that it finds."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from detection.scoring import Found
from scipy.ndimage import median_filter
from scipy.signal import find_peaks

from nhem_qt.detection import DetectorConfig, Peak, PeakDetector

if TYPE_CHECKING:
    from detection.curves import Array, Curve


def ours(curve: Curve, config: DetectorConfig | None = None) -> list[Found]:
    """Feed the curve frame by frame."""
    detector = PeakDetector(config, curve.rate_hz)
    found = []
    for frame, (t_s, gray) in enumerate(zip(curve.t_s.tolist(), curve.gray.tolist(), strict=True)):
        peak = detector.process_frame(gray, frame, t_s).peak
        if peak is not None:
            found.append(_found(peak, t_s))
    last = detector.finish()
    return found if last is None else [*found, _found(last, curve.length_s)]


def ours_fixed(curve: Curve) -> list[Found]:
    """Fixed mode as the window sets it: ten gray above the baseline of the first second."""
    baseline = float(np.median(curve.gray[curve.t_s < curve.t_s[0] + 1]))
    return ours(curve, DetectorConfig(mode="fixed", threshold=min(255.0, baseline + 10)))


def _found(peak: Peak, decided_s: float) -> Found:
    return Found(peak.start_s, peak.end_s, peak.difference, decided_s, peak.confidence)


class Offline(NamedTuple):
    """What find_peaks is told; `smooth_s`: width of a median filter before it."""

    prominence: float
    smooth_s: float
    width_s: tuple[float, float]
    wlen_s: float


TUNED = Offline(prominence=5.0, smooth_s=0.4, width_s=(0.15, 1.35), wlen_s=3.5)


def offline(curve: Curve, setting: Offline = TUNED) -> list[Found]:
    """Find peaks in the whole curve at once; colours from the same windows as ours."""
    rate_hz = curve.rate_hz
    size = max(1, round(setting.smooth_s * rate_hz)) | 1
    smooth = median_filter(curve.gray, size)
    width = (setting.width_s[0] * rate_hz, setting.width_s[1] * rate_hz)
    wlen = max(3, round(setting.wlen_s * rate_hz))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # flat stretches: prominence 0, not found
        _, found = find_peaks(smooth, prominence=setting.prominence, width=width, rel_height=0.5, wlen=wlen)
    frames = np.arange(len(curve.t_s))
    starts, ends = (np.interp(found[key], frames, curve.t_s) for key in ("left_ips", "right_ips"))
    return [
        Found(start, end, _difference(curve, start, end), end, 1.0) for start, end in zip(starts, ends, strict=True)
    ]


def _difference(curve: Curve, start_s: float, end_s: float) -> float:
    return _mean(curve, end_s + 0.12, end_s + 0.37) - _mean(curve, start_s - 0.35, start_s - 0.1)


def _mean(curve: Curve, first_s: float, last_s: float) -> float:
    inside: Array = curve.gray[(curve.t_s >= first_s) & (curve.t_s <= last_s)]
    return float(inside.mean()) if len(inside) else 0.0
