"""The memory budget sizes what is held, and dual mode takes hardly more than single mode."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.config import FemConfig
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Measurement, MemoryBudget, Monitor, Regions, RoiMode, Sample, Status, Tick
from nhem_qt.session import History

if TYPE_CHECKING:
    from nhem_qt.frame import Pixels

RATE_HZ = 45.0
SMALL_BYTES = 50 * 50 * 4


class Still:
    """A live source that costs no time."""

    kind = SourceKind.SCREEN
    bounds = Roi(0, 0, 1920, 1080)

    def __init__(self) -> None:
        self._screen: Pixels = np.random.default_rng(1).integers(0, 256, (1080, 1920, 4), np.uint8)
        self.now_s = 0.0

    def grab(self, roi: Roi) -> Frame:
        return Frame(self._screen[roi.y1 : roi.y2, roi.x1 : roi.x2], roi, self.now_s, self.kind)

    def close(self) -> None:
        pass


def filled(regions: Regions, seconds: float = 15.0, **processing: object) -> Monitor:
    """Return a monitor that has run for so long."""
    source = Still()
    config = FemConfig.model_validate({"data_processing": processing})
    monitor = Monitor(source, regions, config, RATE_HZ)
    for index in range(round(seconds * RATE_HZ)):
        source.now_s = index / RATE_HZ
        monitor.tick(Tick(index, source.now_s))
    return monitor


def test_by_default_all_that_is_configured_is_held() -> None:
    monitor = filled(Regions(RoiMode.DUAL, Roi(100, 100, 500, 400)))
    assert len(monitor.get_small_roi_history(1000)) == 500
    assert len(monitor.get_large_roi_history(1000)) == 10
    assert monitor.memory_cut is None
    assert MemoryBudget(100).samples(10_000) == 10_000


def test_a_small_budget_holds_fewer_and_says_so() -> None:
    monitor = filled(Regions(RoiMode.DUAL, Roi(0, 0, 1100, 500)), memory_budget_mb=10)
    assert len(monitor.get_small_roi_history(1000)) == 2_000_000 // SMALL_BYTES == 200
    assert len(monitor.get_large_roi_history(1000)) == 7_000_000 // (1100 * 500 * 4) == 3
    expected = "The memory budget of 10 MB holds 3 instead of 10 large pictures and 200 instead of 500 small pictures"
    assert monitor.memory_cut == expected


def test_what_is_configured_is_never_exceeded_however_large_the_budget() -> None:
    monitor = filled(Regions(RoiMode.DUAL, Roi(0, 0, 100, 100)), memory_budget_mb=10_000, roi_buffer_size=50)
    assert len(monitor.get_small_roi_history(1000)) == 50
    assert len(monitor.get_large_roi_history(1000)) == 10


def test_other_regions_have_the_same_budget() -> None:
    monitor = filled(Regions(RoiMode.DUAL, Roi(0, 0, 100, 100)))
    assert monitor.memory_cut is None
    monitor.change_regions(Regions(RoiMode.SINGLE, Roi(0, 0, 400, 300)))
    assert monitor.memory_cut == "The memory budget of 100 MB holds 41 instead of 500 small pictures"


@pytest.mark.parametrize("roi", [Roi(0, 0, 200, 150), Roi(0, 0, 300, 200), Roi(0, 0, 1100, 500)], ids=str)
def test_dual_mode_takes_at_most_a_fifth_more_memory_than_single_mode(roi: Roi) -> None:
    single, dual = (filled(Regions(mode, roi)) for mode in (RoiMode.SINGLE, RoiMode.DUAL))
    assert 0 < dual.picture_bytes <= 1.2 * single.picture_bytes


@given(st.floats(10, 100_000), st.integers(100, 10_000_000))
def test_samples_never_take_more_than_their_share(total_mb: float, wanted: int) -> None:
    held = MemoryBudget(total_mb).samples(wanted)
    assert 0 < held <= wanted
    assert held == wanted or held * 400 <= 0.1 * total_mb * 1e6


def test_a_sample_takes_no_more_than_the_budget_reckons_with() -> None:
    tracemalloc.start()
    try:
        history, before = History(5000, 100), tracemalloc.get_traced_memory()[0]
        for index in range(10_000):
            measured = Measurement(index, index / 45, 100 + index / 7, 30 + index / 9, SourceKind.DEMO, Status.SUCCESS)
            history.add(Sample(measured, index / 3, index / 11, False, None, None, None))  # noqa: FBT003 - short
        taken = tracemalloc.get_traced_memory()[0] - before + 7 * 8 * 5000
    finally:
        tracemalloc.stop()
    assert taken / 5000 <= 420
