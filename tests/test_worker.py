"""The worker by itself: whatever moment its thread is replaced at, the session goes on as if nothing had been."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from nhem_qt import worker
from nhem_qt.capture import SourceChoice
from nhem_qt.config import FemConfig
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import RegionChoice, Status
from nhem_qt.session import KeptSession, sample_cells
from nhem_qt.worker import MonitorWorker, RunPlan

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

RATE_HZ = 200.0
REPLACEMENTS = 40


class SlowHandle:
    """Takes a random while for every call, so that the calls of many threads return in any order."""

    kind = SourceKind.DEMO
    bounds = Roi(0, 0, 60, 60)
    users: set[int]

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.users = set()

    def grab(self, roi: Roi) -> Frame:
        self.users.add(threading.get_ident())
        time.sleep(self._chance.choice((0.0, 0.0005, 0.002, 0.02)))
        return Frame(np.zeros((roi.height, roi.width, 4), np.uint8), roi, time.perf_counter(), self.kind)

    def close(self) -> None:
        self.users.add(threading.get_ident())


def test_a_thread_may_be_replaced_at_any_moment(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)  # noqa: S311 - chance that repeats itself
    handles: list[SlowHandle] = []

    def open_source(_choice: SourceChoice) -> SlowHandle:
        handles.append(SlowHandle(chance))
        return handles[-1]

    monkeypatch.setattr(worker, "open_source", open_source)
    config = FemConfig.model_validate({"data_processing": {"fps": RATE_HZ}})
    run = MonitorWorker(RunPlan(SourceChoice(SourceKind.DEMO), RegionChoice(), config, tmp_path))
    left: list[threading.Thread] = []
    with qtbot.waitSignal(run.run_began):
        run.start()
    while len(left) < REPLACEMENTS:
        # Not before the last one works: after failures in a row it would rest ever longer.
        thread = run.replace_runner() if run._source.answers else None
        left += [thread] if thread is not None else []
        time.sleep(chance.uniform(0.0, 0.01))  # no signal tells the moment: any one is meant
    with qtbot.waitSignal(run.run_ended) as ended:
        run.stop()
    assert ended.args == [None]
    assert run.wait(10.0) is None
    for thread in left:
        thread.join(10.0)
        assert not thread.is_alive()
    assert max(len(handle.users) for handle in handles) == 1
    session = run.session
    assert session is not None
    samples = session.history.samples
    indices = [sample.measurement.frame_index for sample in samples]
    assert indices == sorted(set(indices))
    schedule = session.schedule
    assert len(indices) + schedule.dropped + schedule.left_out == indices[-1] - indices[0] + 1
    failed = [sample for sample in samples if sample.measurement.status is Status.FAILED]
    assert len(failed) >= REPLACEMENTS
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        assert kept.finished
        assert list(kept.sample_cells()) == [sample_cells(sample) for sample in samples]


def test_a_run_that_has_ended_is_begun_by_nobody_anew(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    handle = SlowHandle(random.Random(1))  # noqa: S311 - chance that repeats itself
    monkeypatch.setattr(handle, "close", answers.wait)
    monkeypatch.setattr(worker, "open_source", lambda _choice: handle)
    run = MonitorWorker(RunPlan(SourceChoice(SourceKind.DEMO), RegionChoice(), FemConfig(), tmp_path))
    with qtbot.waitSignal(run.run_began):
        run.start()
    with qtbot.waitSignal(run.run_ended):
        run.stop()
    qtbot.waitUntil(lambda: run._source.is_calling)
    assert run.replace_runner() is None
    assert run.wait(0.0) is not None
    answers.set()
    assert run.wait(10.0) is None
