"""Draw the figure of the detection page: `python tests/benchmarks/figure_detection.py nhem_qt/detection/curve.svg`.

Every line and number in it is what the detector says about the curve that is drawn.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path
from typing import NamedTuple

from nhem_qt.detection import Detection, DetectorConfig, Peak, PeakDetector

RATE_HZ = 45.0
CONFIG = DetectorConfig()
COLORS = {"green": "#2e8b57", "red": "#c0392b"}
INK, PALE = "#333333", "#888888"


class Panel(NamedTuple):
    """A stretch of the curve and where it is drawn."""

    first_s: float
    last_s: float
    low: float
    high: float
    top_px: float
    height_px: float
    width_px: float = 900.0

    def x(self, t_s: float) -> float:
        return 50 + (self.width_px - 70) * (t_s - self.first_s) / (self.last_s - self.first_s)

    def y(self, gray: float) -> float:
        return self.top_px + self.height_px * (self.high - gray) / (self.high - self.low)


def scene(t_s: float) -> float:
    """A green emission, a red one, and three things that are none: a swell, a window, a step."""
    gray = 105 + 0.6 * math.sin(1.5 * t_s)
    for start_s, end_s, rise, mark in ((1.3, 2.1, 22, 7), (3.8, 4.5, 20, 0.5)):
        if start_s <= t_s < end_s:
            gray += rise * (1 + 0.12 * math.sin(31 * t_s)) + mark * (t_s - start_s) / (end_s - start_s)
        elif t_s >= end_s:
            gray += mark * math.exp(-(t_s - end_s) / 1.2) + 2 * math.exp(-(t_s - end_s) / 0.03)
    if 6.2 <= t_s < 8.0:
        gray += 18 * math.sin(math.pi * (t_s - 6.2) / 1.8) ** 2
    return gray + (12 if t_s >= 12.2 else 0)


def curve() -> list[tuple[float, float]]:
    dice, samples = random.Random(1), []  # noqa: S311
    for frame in range(int(15 * RATE_HZ)):
        t_s = frame / RATE_HZ
        noise = dice.gauss(0, 0.35)
        samples.append((t_s, 128.0 if 9.6 <= t_s < 10.5 else scene(t_s) + noise))
    return samples


def line(points: list[tuple[float, float]], panel: Panel, style: str) -> str:
    path = " ".join(f"{panel.x(t_s):.1f},{panel.y(gray):.1f}" for t_s, gray in points)
    return f'<polyline points="{path}" fill="none" {style}/>'


def text(x: float, y: float, content: str, color: str = INK, anchor: str = "middle") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{color}" text-anchor="{anchor}">{content}</text>'


def band(panel: Panel, first_s: float, last_s: float, color: str) -> str:
    x, width = panel.x(first_s), panel.x(last_s) - panel.x(first_s)
    return (
        f'<rect x="{x:.1f}" y="{panel.top_px}" width="{width:.1f}" height="{panel.height_px}"'
        f' fill="{color}" opacity="0.15"/>'
    )


def span(panel: Panel, times_s: tuple[float, float], gray: float, content: str, color: str = INK) -> str:
    """A bar from one time to another at this gray value, with a word above it."""
    (x1, x2), y = map(panel.x, times_s), panel.y(gray)
    bar = f'<path d="M{x1:.1f} {y - 4:.1f}v8M{x1:.1f} {y:.1f}H{x2:.1f}M{x2:.1f} {y - 4:.1f}v8" stroke="{color}"/>'
    return bar + text((x1 + x2) / 2, y - 7, content, color)


def of_peak(panel: Panel, peak: Peak) -> list[str]:
    """The windows that decided the colour."""
    color, floor = COLORS[peak.color], panel.low
    pre_s = (peak.start_s - CONFIG.pre_gap_s - CONFIG.margin_s, peak.start_s - CONFIG.pre_gap_s)
    post_s = (peak.end_s + CONFIG.post_gap_s, peak.end_s + CONFIG.post_gap_s + CONFIG.margin_s)
    verdict = f"{peak.difference:+.1f}: {peak.color}, sure to {peak.confidence:.0%}"
    return [
        band(panel, peak.start_s, peak.end_s, color),
        band(panel, *pre_s, "#1f77b4"),
        band(panel, *post_s, "#1f77b4"),
        line([(t_s, peak.pre_mean) for t_s in pre_s], panel, 'stroke="#1f77b4" stroke-width="2.5"'),
        line([(t_s, peak.post_mean) for t_s in post_s], panel, 'stroke="#1f77b4" stroke-width="2.5"'),
        span(panel, pre_s, floor + 5.5, "margin"),
        span(panel, post_s, floor + 5.5, "margin"),
        span(panel, (pre_s[1], peak.start_s), floor + 1.5, "pre_gap"),
        span(panel, (peak.end_s, post_s[0]), floor + 1.5, "post_gap"),
        text(panel.x((peak.start_s + peak.end_s) / 2), panel.top_px + 14, verdict, color),
    ]


def of_panel(panel: Panel, samples: list[tuple[float, float]], detections: list[Detection]) -> list[str]:
    """Curve, baseline and threshold, and what was found or rejected."""
    shown = [
        (sample, detection)
        for sample, detection in zip(samples, detections, strict=True)
        if panel.first_s <= sample[0] <= panel.last_s
    ]
    baseline = [(t_s, detection.baseline) for (t_s, _), detection in shown if detection.baseline is not None]
    threshold = [(t_s, detection.threshold) for (t_s, _), detection in shown if detection.threshold is not None]
    drawn = [
        line(baseline, panel, f'stroke="{PALE}"'),
        line(threshold, panel, f'stroke="{PALE}" stroke-dasharray="5 4"'),
    ]
    for _, detection in shown:
        if detection.peak:
            drawn += of_peak(panel, detection.peak)
        if rejection := detection.rejection:
            drawn.append(band(panel, rejection.start_s, rejection.end_s, "#d68910"))
            middle = panel.x((rejection.start_s + rejection.end_s) / 2)
            drawn.append(text(middle, panel.top_px + 14, f"rejected: {rejection.reason}", "#9c640c"))
    return [*drawn, line([sample for sample, _ in shown], panel, f'stroke="{INK}" stroke-width="1.3"')]


def main() -> None:
    """Write the figure to the path of the command line."""
    samples, detector = curve(), PeakDetector(CONFIG, RATE_HZ)
    detections = [detector.process_frame(gray, frame, t_s) for frame, (t_s, gray) in enumerate(samples)]
    upper, lower = Panel(0.4, 5.4, 94, 144, 10, 250), Panel(5.6, 14.8, 98, 136, 290, 150)
    drawn = of_panel(upper, samples, detections) + of_panel(lower, samples, detections)
    drawn += [
        text(upper.x(0.45), upper.y(105.3) - 22, "threshold", PALE, "start"),
        text(upper.x(0.45), upper.y(103) + 14, "baseline", PALE, "start"),
        text(lower.x(10.2), 462, "time: the upper part 5 s, the lower 9 s of one curve", PALE),
    ]
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 470" font-family="sans-serif" font-size="12">'
        f'<rect width="900" height="470" fill="white"/>{"".join(drawn)}</svg>\n'
    )
    Path(sys.argv[1]).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
