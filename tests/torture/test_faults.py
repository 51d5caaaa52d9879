"""A thousand faults of each kind in random order while recording, and hours in which nothing is wrong."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from faulty_run import LARGE, check_law, run_with_faults

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.monitor import Monitor, Regions, RoiMode, Tick

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.geometry import Roi

pytestmark = pytest.mark.torture


@pytest.mark.parametrize("seed", range(2, 12))
def test_a_hundred_faults_of_each_kind_in_random_order_do_no_harm(tmp_path: Path, seed: int) -> None:
    check_law(run_with_faults(tmp_path, seed, count_of_each=100, rate_hz=45.0, rest_s=4.0, longest_s=4.0))


@pytest.mark.parametrize("large", [LARGE, DemoSource.bounds], ids=str)
@pytest.mark.parametrize("seed", range(1, 21))
def test_five_minutes_of_emissions_are_all_found_and_none_looks_like_a_fault(
    monkeypatch: pytest.MonkeyPatch, seed: int, large: Roi
) -> None:
    now_s = 0.0
    # A machine that is busy for a moment is no fault of the picture.
    monkeypatch.setattr("nhem_qt.monitor.monitor.time", SimpleNamespace(perf_counter=lambda: now_s))
    source = DemoSource(seed, lambda: now_s)
    monitor = Monitor(source, Regions(RoiMode.DUAL, large), FemConfig(), 45.0)
    starts_s = []
    for index in range(300 * 45):
        now_s = index / 45
        sample = monitor.tick(Tick(index, now_s))
        assert sample.measurement.notice is None
        if sample.peak is not None:
            starts_s.append(sample.peak.start_s)
    truth = [emission.start_s for emission in source.truth(299)]
    assert starts_s[: len(truth)] == pytest.approx(truth, abs=0.15)
    assert monitor.take_news().notices == ()
