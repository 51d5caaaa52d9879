"""Green or red, and how sure."""

from __future__ import annotations

from math import erf, sqrt
from typing import NamedTuple

from nhem_qt.detection.results import PeakColor


class Verdict(NamedTuple):
    """The colour and the probability that it is right."""

    color: PeakColor
    confidence: float


def classify(difference: float, threshold: float, sigma: float) -> Verdict:
    """Green if the difference exceeds the threshold, equal is red.

    The measured difference scatters about the true one as the gray value of the tissue does by itself (`sigma`, in
    gray); the confidence is the normal probability that both lie on the same side of the threshold.
    """
    color = PeakColor.GREEN if difference > threshold else PeakColor.RED
    return Verdict(color, 0.5 + 0.5 * erf(abs(difference - threshold) / (sqrt(2) * sigma)))
