"""A source that fails in every way in random order, watched over as in the program: what hangs is begun anew."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from faulty_source import Episode, Failing, FaultySource, random_episodes

from nhem_qt import worker
from nhem_qt.capture import DemoSource, SourceChoice
from nhem_qt.config import FemConfig
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import CoordinationState, ErrorKind, RegionChoice
from nhem_qt.session import KeptSession, LiveSession
from nhem_qt.ui.monitoring import Monitoring
from nhem_qt.worker import RunPlan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytestqt.qtbot import QtBot

LARGE = Roi(240, 160, 480, 360)
REST_S, LONGEST_S = 1.5, 1.0
# A hang has to be met by a grab, and must be over before the next one can be.
SHORTEST_HANG_S, HUNG_S = 0.5, 2.5
PATIENCE_S = 30.0


def spread(episodes: Sequence[Episode]) -> list[Episode]:
    """Move episodes apart so that none is passed over while something hangs."""
    shift_s, moved = 0.0, []
    for episode in episodes:
        begin_s, end_s = episode.begin_s + shift_s, episode.end_s + shift_s
        if episode.failing is Failing.HANGS:
            end_s = max(end_s, begin_s + SHORTEST_HANG_S)
            shift_s = end_s - episode.end_s + HUNG_S
        moved.append(Episode(episode.failing, begin_s, end_s))
    return moved


class Machine:
    """Opens handles on one and the same demo; all of them fail in the same episodes, and each hangs by itself."""

    def __init__(self, episodes: Sequence[Episode]) -> None:
        self.demo = DemoSource(seed=3)
        self.handles: list[FaultySource] = []
        self._episodes = episodes
        self._zero_s = time.perf_counter()

    @property
    def now_s(self) -> float:
        return time.perf_counter() - self._zero_s

    @property
    def hangs(self) -> int:
        return sum(handle.failed_grabs[Failing.HANGS] for handle in self.handles)

    def open(self, _choice: SourceChoice) -> FaultySource:
        handle = FaultySource(self.demo)
        handle.begin(self._episodes, self._zero_s)
        # The last two go on hanging; those before them come back now, while the session runs.
        for hung in self.handles[:-2]:
            hung.release.set()
        self.handles.append(handle)
        return handle

    def release_all(self) -> None:
        for handle in self.handles:
            handle.release.set()


@pytest.mark.parametrize(
    "count_of_each",
    [
        pytest.param(1, marks=pytest.mark.timeout(300)),
        pytest.param(60, marks=[pytest.mark.torture, pytest.mark.timeout(0)]),
    ],
)
def test_faults_of_every_kind_cost_nothing_but_their_gaps(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count_of_each: int
) -> None:
    machine = Machine(spread(random_episodes(count_of_each, count_of_each, REST_S, LONGEST_S)))
    monkeypatch.setattr(worker, "open_source", machine.open)
    monitoring = Monitoring()
    with qtbot.waitSignal(monitoring.began):
        monitoring.start(RunPlan(SourceChoice(SourceKind.DEMO), RegionChoice(large_roi=LARGE), FemConfig(), tmp_path))
    session = monitoring.session
    end_s = machine._episodes[-1].end_s + REST_S
    qtbot.waitUntil(lambda: machine.now_s > end_s, timeout=int(1000 * (end_s + PATIENCE_S)))
    qtbot.waitUntil(lambda: session.monitor.states.current is CoordinationState.SUCCESS, timeout=int(1000 * PATIENCE_S))
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert ended.args == [None]
    machine.release_all()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)
    monitoring.deleteLater()
    assert not [thread for thread in threading.enumerate() if thread.name == "monitor"]
    assert machine.hangs >= count_of_each
    assert len(machine.handles) == machine.hangs + 1
    assert session.monitor.fault_count(ErrorKind.CAPTURE) >= machine.hangs
    require_order(session)
    require_no_invented_peak(session, machine)


def require_order(session: LiveSession) -> None:
    """Check that the file has every sample, in order, and that what is missing was counted."""
    with KeptSession(session.kept_path) as kept:
        assert kept.finished
        measured = [sample.measurement for sample in kept.samples()]
        peaks = list(kept.peaks())
    indices = [one.frame_index for one in measured]
    assert indices == sorted(set(indices))
    schedule = session.schedule
    assert indices[-1] - indices[0] + 1 == len(indices) + schedule.dropped + schedule.left_out
    times_s = [one.t_s for one in measured]
    assert times_s == sorted(times_s)
    assert len(measured) == session.history.count
    assert [peak.peak_index for peak in peaks] == list(range(1, len(peaks) + 1))


def require_no_invented_peak(session: LiveSession, machine: Machine) -> None:
    ahead_s = session._start_s - machine.demo.start_s
    truth = machine.demo.truth(machine.now_s + PATIENCE_S)
    for peak in session.history.peaks:
        begin_s, end_s = peak.start_s + ahead_s, peak.end_s + ahead_s
        assert any(begin_s < one.end_s + 0.1 and one.start_s - 0.1 < end_s for one in truth), peak
