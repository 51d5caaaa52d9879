"""The window's end of the worker: what hangs, fails or ends is told, and nothing measured is lost."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nhem_qt import worker
from nhem_qt.capture import CaptureError, SourceChoice
from nhem_qt.config import FemConfig
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import RegionChoice
from nhem_qt.session import KeptSession
from nhem_qt.ui.image_view import PictureState
from nhem_qt.ui.monitoring import Monitoring
from nhem_qt.ui.watchdog import STALLED_AFTER_S
from nhem_qt.worker import RunPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow


class TroubledSource:
    """An even picture; it hangs while `blocked` is set, and fails while `broken` is."""

    kind = SourceKind.DEMO
    bounds = Roi(0, 0, 200, 100)

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.broken = False
        self.closed = False

    def grab(self, roi: Roi) -> Frame:
        self.free.wait()
        if self.broken:
            raise CaptureError("the cable is out: plug it in")
        return Frame(np.full((roi.height, roi.width, 4), 100, np.uint8), roi, time.perf_counter(), self.kind)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[TroubledSource]:
    troubled = TroubledSource()
    monkeypatch.setattr(worker, "open_source", lambda _choice: troubled)
    yield troubled
    troubled.free.set()


@pytest.fixture
def monitoring(qtbot: QtBot) -> Iterator[Monitoring]:
    control = Monitoring()
    yield control
    if control.is_running:
        with qtbot.waitSignal(control.ended):
            control.stop()
    control.deleteLater()


def plan(tmp_path: Path) -> RunPlan:
    return RunPlan(SourceChoice(SourceKind.DEMO), RegionChoice(), FemConfig(), tmp_path)


def start(qtbot: QtBot, monitoring: Monitoring, tmp_path: Path) -> None:
    with qtbot.waitSignal(monitoring.began):
        monitoring.start(plan(tmp_path))
    qtbot.waitUntil(lambda: monitoring.session.history.count > 3)


def test_a_session_is_whole_on_disk_when_it_has_ended(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert ended.args == [None]
    assert source.closed
    with KeptSession(monitoring.session.kept_path) as kept:
        assert [row[0] for row in kept.sample_cells()] == [
            sample.measurement.frame_index for sample in monitoring.session.history.samples
        ]


def test_a_hung_capture_is_noticed_and_left_behind_without_loss(
    qtbot: QtBot,
    source: TroubledSource,
    monitoring: Monitoring,
    tmp_path: Path,
) -> None:
    start(qtbot, monitoring, tmp_path)
    source.free.clear()
    qtbot.waitUntil(lambda: monitoring.silence_s > STALLED_AFTER_S)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert ended.args == [None]
    assert monitoring.hung_count == 1
    with KeptSession(monitoring.session.kept_path) as kept:
        assert len(list(kept.sample_cells())) == monitoring.session.history.count
    source.free.set()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)


def test_a_source_that_cannot_be_opened_is_told(
    qtbot: QtBot, monitoring: Monitoring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_choice: SourceChoice) -> None:
        raise CaptureError("no camera: buy one")

    monkeypatch.setattr(worker, "open_source", refuse)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.start(plan(tmp_path))
    assert ended.args == ["no camera: buy one"]
    assert not monitoring.is_running


def test_an_error_in_the_program_ends_the_session_whole_and_is_told(
    qtbot: QtBot,
    source: TroubledSource,
    monitoring: Monitoring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    start(qtbot, monitoring, tmp_path)

    def explode(_roi: Roi) -> Frame:
        raise ZeroDivisionError

    with qtbot.waitSignal(monitoring.ended) as ended:
        monkeypatch.setattr(source, "grab", explode)
    assert "ZeroDivisionError" in ended.args[0]
    assert "monitoring ended" in caplog.text
    with KeptSession(monitoring.session.kept_path) as kept:
        assert len(list(kept.sample_cells())) == monitoring.session.history.count


def test_a_failing_capture_shows_as_failed_and_recovers(
    qtbot: QtBot, source: TroubledSource, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window.start()
    qtbot.waitUntil(lambda: window.monitoring.session is not None and window.monitoring.session.history.count > 3)
    source.broken = True
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.FAILED)
    samples = window.monitoring.session.history.samples
    assert samples[-1].measurement.gray is None
    source.broken = False
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.RUNNING)


def test_a_hung_capture_shows_as_stale(
    qtbot: QtBot, source: TroubledSource, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window.start()
    qtbot.waitUntil(lambda: window.monitoring.session is not None and window.monitoring.session.history.count > 3)
    source.free.clear()
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.STALE)
    source.free.set()
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.RUNNING)
