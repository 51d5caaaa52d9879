"""Measure the detector on labelled curves: `python tests/benchmarks/benchmark_detection.py`.

Prints a line per kind of trouble and one for all, for our detector in both modes and for scipy.signal.find_peaks; how
often a colour given with confidence c is right; and the time per frame. Seeds below 6000 were looked at while tuning;
any others give curves that nobody has seen.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import product
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from detection.detectors import TUNED, Offline, offline, ours, ours_fixed
from detection.scoring import Found, Pair, Score, percentile, score
from detection.troubles import TROUBLES, curves
from scipy.signal import find_peaks

from nhem_qt.detection import PeakDetector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from detection.curves import Curve

NOT_FIXED = [
    "low_rises",
    "strong_marks",
    "bright_tissue",
    "drift",
    "close_emissions",
    "level_steps",
    "probe_moved",
    "moved_after_emission",
    "frozen_picture",
    "covered_before_emission",
]
Detector: TypeAlias = "Callable[[Curve], list[Found]]"
HEADER = (
    f"{'':24}{'n':>6}{'precision':>10}{'recall':>8}{'F1':>8}{'false/h':>9}{'colour':>8}"
    f"{'onset ms':>12}{'end ms':>12}{'decided ms':>12}"
)


def measure(detector: Detector, labelled: Iterable[Curve]) -> dict[str, Score]:
    """Score a detector, per kind of trouble."""
    scores: dict[str, Score] = defaultdict(Score)
    for curve in labelled:
        scores[curve.trouble] += score(curve, detector(curve))
    return scores


def total(scores: dict[str, Score]) -> Score:
    """Add the scores up."""
    result = Score()
    for each in scores.values():
        result += each
    return result


def line(name: str, each: Score) -> str:
    """Format one line of the table; milliseconds as median/95th percentile."""
    times = (f"{percentile(values, 50):5.0f}/{percentile(values, 95):<6.0f}" for values in each.milliseconds)
    return (
        f"{name:24}{len(each.pairs) + len(each.missed):6}{each.precision:10.4f}{each.recall:8.4f}{each.f1:8.4f}"
        f"{each.false_per_hour:9.2f}{each.color_accuracy:8.4f}{''.join(times)}"
    )


def print_table(title: str, scores: dict[str, Score], *, details: bool) -> None:
    """Print the lines of one detector."""
    hours = sum(each.length_s for each in scores.values()) / 3600
    print(f"\n{title} ({hours:.1f} h)\n{HEADER}")
    for name, each in scores.items() if details else ():
        print(line(name, each))
    print(line("all", total(scores)))


def print_reliability(pairs: list[Pair]) -> None:
    """Print how often a colour is right that is given with a certain confidence."""
    print("\nconfidence   peaks   mean   right")
    for low in np.arange(0.5, 1.0, 0.1):
        inside = [pair for pair in pairs if low <= pair.found.confidence < low + 0.1 + (low > 0.85)]
        if inside:
            mean = np.mean([pair.found.confidence for pair in inside])
            right = np.mean([pair.is_right for pair in inside])
            print(f"{low:.1f}-{low + 0.1:.1f}    {len(inside):6}   {mean:.3f}  {right:.3f}")


def print_speed(curve: Curve) -> None:
    """Print the time per frame, and how many times as long it takes as find_peaks over the same curve."""
    samples = list(zip(curve.gray.tolist(), range(len(curve.gray)), curve.t_s.tolist(), strict=True))
    detector, frames_us = PeakDetector(rate_hz=curve.rate_hz), []
    for sample in samples:
        start = perf_counter()
        detector.process_frame(*sample)
        frames_us.append(1e6 * (perf_counter() - start))
    scipy_us = min(_run_us(lambda: find_peaks(curve.gray, prominence=TUNED.prominence, width=3)) for _ in range(20))
    ours_us = min(_run_us(lambda: ours(curve)) for _ in range(5))
    print(
        f"\ntime per frame: median {median(frames_us):.1f} us, 99 % {percentile(frames_us, 99):.0f} us; the whole curve"
        f" {ours_us / len(samples):.1f} us per frame, find_peaks {scipy_us / len(samples):.3f},"
        f" ratio {ours_us / scipy_us:.0f}"
    )


def _run_us(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return 1e6 * (perf_counter() - start)


def tune(seeds: range) -> Offline:
    """Return the setting of find_peaks that has the best F1 on these curves."""
    settings = [
        Offline(prominence, smooth_s, (0.15, longest_s), wlen_s)
        for prominence, smooth_s, longest_s, wlen_s in product(
            (4.0, 4.5, 5.0, 5.5), (0.12, 0.2, 0.3, 0.4), (1.35, 1.5), (2.5, 3.0, 3.5)
        )
    ]
    return max(settings, key=lambda each: total(measure(lambda curve: offline(curve, each), curves(seeds))).f1)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="7000:7010", help="first and last seed + 1 (default: %(default)s)")
    parser.add_argument("--tune", action="store_true", help="tune find_peaks on the seeds, print the best setting")
    arguments = parser.parse_args()
    seeds = range(*map(int, arguments.seeds.split(":")))
    if arguments.tune:
        print(tune(seeds))
        return
    scores = measure(ours, curves(seeds))
    print_table("our detector, adaptive", scores, details=True)
    # Marks that last would lift the baseline over the threshold.
    fitting = [name for name in TROUBLES if name not in NOT_FIXED]
    fixed = measure(ours_fixed, curves(seeds, fitting, marks_last=False))
    print_table("our detector, fixed at the baseline of the first second + 10, marks that fade", fixed, details=True)
    print_table(f"scipy.signal.find_peaks, {TUNED}", measure(offline, curves(seeds)), details=True)
    print_reliability(total(scores).pairs)
    print_speed(next(curves(range(1, 2), ("plain",))))


if __name__ == "__main__":
    main()
