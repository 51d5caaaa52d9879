"""The detector on a real recording: the emission from frame 144 to 157, at every place that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from nhem_qt.detection import DetectorConfig, Peak, PeakDetector

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ, SIZE = 22.0, 50
LEFT, TOP, RIGHT, BOTTOM = 840, 150, 1220, 520
FOCUS = (1004, 320)
TISSUE_GRAY = 15.0
LEAST_RISE = 6.0


@pytest.fixture(scope="module")
def sums(recording: Path) -> NDArray[np.int64]:
    """Luma of the ultrasound picture, summed over x and y so that any box takes four look-ups."""
    av = pytest.importorskip("av")
    pictures = []
    with av.open(str(recording)) as container:
        for frame in container.decode(video=0):
            rgb = frame.to_ndarray(format="rgb24")[TOP:BOTTOM, LEFT:RIGHT].astype(np.uint32)
            luma = (rgb @ np.array([19595, 38470, 7471], dtype=np.uint32) + 32768) >> 16
            pictures.append(np.pad(luma.astype(np.int64), ((1, 0), (1, 0))).cumsum(0).cumsum(1))
    return np.array(pictures)


def curve(sums: NDArray[np.int64], x: int, y: int) -> NDArray[np.float64]:
    x, y = x - LEFT, y - TOP
    box = sums[:, y + SIZE, x + SIZE] - sums[:, y, x + SIZE] - sums[:, y + SIZE, x] + sums[:, y, x]
    return box / SIZE**2


def peaks(grays: NDArray[np.float64], config: DetectorConfig | None = None) -> list[Peak]:
    detector = PeakDetector(config, RATE_HZ)
    found = [detector.process_frame(gray, frame).peak for frame, gray in enumerate(grays.tolist())]
    return [peak for peak in [*found, detector.finish()] if peak]


@pytest.mark.parametrize(("difference_threshold", "color"), [(1.1, "green"), (1.5, "green"), (3.5, "red")])
def test_the_focus_shows_one_peak(sums: NDArray[np.int64], difference_threshold: float, color: str) -> None:
    (peak,) = peaks(curve(sums, *FOCUS), DetectorConfig(difference_threshold=difference_threshold))
    assert abs(peak.start_frame - 144) <= 2
    assert abs(peak.end_frame - 157) <= 2
    assert peak.color == color


def test_nearly_every_box_on_tissue_shows_just_this_peak(sums: NDArray[np.int64]) -> None:
    right = []
    for y in range(TOP, BOTTOM - SIZE, 15):
        for x in range(LEFT, RIGHT - SIZE, 15):
            grays = curve(sums, x, y)
            before = grays[138:143].mean()
            if before >= TISSUE_GRAY and grays[144:158].mean() - before >= LEAST_RISE:
                found = [(peak.start_frame, peak.end_frame) for peak in peaks(grays)]
                right.append(len(found) == 1 and abs(found[0][0] - 144) <= 3 and abs(found[0][1] - 157) <= 3)
    assert len(right) > 100
    assert sum(right) / len(right) >= 0.99
