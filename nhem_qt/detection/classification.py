"""Green or red, and how sure."""

from __future__ import annotations

from math import erf, sqrt
from typing import TYPE_CHECKING, NamedTuple

from nhem_qt.detection.results import PeakColor

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.emission import Emission


class Verdict(NamedTuple):
    """The colour and the probability that it is right."""

    color: PeakColor
    confidence: float


def classify(emission: Emission, sigma: float, config: DetectorConfig) -> Verdict:
    """Green if the difference exceeds the threshold, equal is red.

    The measured difference scatters about the true one with the noise of the two means and with the motion of the
    tissue; the confidence is the normal probability that both lie on the same side of the threshold.
    """
    excess = emission.difference - config.difference_threshold
    variance = sigma**2 * (1 / max(1, len(emission.pre)) + 1 / len(emission.post)) + config.motion_gray**2
    confidence = 0.5 + 0.5 * erf(abs(excess) / sqrt(2 * variance))
    return Verdict(PeakColor.GREEN if excess > 0 else PeakColor.RED, confidence)
