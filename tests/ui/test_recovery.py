"""What is said after a crash."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QWidget

from nhem_qt.detection import Peak
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.session import KeptSession, SessionInfo, SessionState, SessionStore, list_sessions
from nhem_qt.ui.background import Jobs
from nhem_qt.ui.recovery import Recovery

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.session import KeptSummary

PATIENCE_S = 60.0
STARTED_AT = dt.datetime(2026, 11, 21, 10, 3, 4, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def keep(folder: Path, hour: int, *colors: str) -> Path:
    """Keep a session of 724 s."""
    info = SessionInfo(f"session-{hour}", STARTED_AT.replace(hour=hour), "demo", "dual", "0,0,9,9", 45.0)
    store = SessionStore(folder, info)
    for index, color in enumerate(colors, 1):
        peak = Peak(
            peak_index=index, color=color, confidence=0.83, start_frame=0, end_frame=1, peak_frame=0,
            decided_frame=index, start_s=3.25, end_s=3.85, duration_s=0.6, baseline=100.0, threshold=106.0,
            peak_gray=131.26, pre_mean=100.04, post_mean=104.0, difference=3.9, difference_threshold=2.1,
            mode="adaptive",
        )  # fmt: skip
        measurement = Measurement(index, 724.0 * index / len(colors), 100.0, None, SourceKind.DEMO, Status.SUCCESS)
        store.put(Sample(measurement, None, None, in_peak_region=True, peak_signal=1, peak=peak, rejection=None))
    assert store.close(PATIENCE_S)
    return store.path


def broken_off(folder: Path, hour: int, *colors: str) -> Path:
    """Keep a session that never noted its end."""
    path = keep(folder, hour, *colors)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM session WHERE key IN ('ended_at', 'sample_count')")
        connection.commit()
    return path


@pytest.fixture
def recovery(qtbot: QtBot, tmp_path: Path) -> Recovery:
    window = QWidget()
    qtbot.addWidget(window)
    recovery = Recovery(tmp_path, Jobs(window), window)
    # The window is kept as long as what belongs to it.
    recovery.window = window
    return recovery


def offered(qtbot: QtBot, recovery: Recovery) -> tuple[KeptSummary, ...]:
    found: list[tuple[KeptSummary, ...]] = []
    recovery.found.connect(found.append)
    with qtbot.waitSignal(recovery._jobs.finished):
        recovery.look()
    recovery.found.disconnect(found.append)
    return found[0] if found else ()


def settle(qtbot: QtBot, recovery: Recovery, summaries: tuple[KeptSummary, ...]) -> None:
    with qtbot.waitSignal(recovery.settled) as settled:
        recovery.settle(summaries)
    assert settled.args == [summaries]


def test_an_interrupted_session_is_offered_in_words(qtbot: QtBot, recovery: Recovery, tmp_path: Path) -> None:
    keep(tmp_path, 9, "green")
    path = broken_off(tmp_path, 10, "green", "red", "green", "green")
    (summary,) = summaries = offered(qtbot, recovery)
    assert (summary.path, summary.state) == (path, SessionState.INTERRUPTED)
    words = "The session of 2026-11-21 10:03 was interrupted: 12 min 4 s, 3 green, 1 red are kept"
    assert recovery.words(summaries) == words


def test_of_several_the_newest_is_told(qtbot: QtBot, recovery: Recovery, tmp_path: Path) -> None:
    for hour in (12, 10, 11):
        broken_off(tmp_path, hour, *["red"] * hour)
    words = (
        "3 sessions were interrupted, the last of them on 2026-11-21 12:03: 12 min 4 s, 0 green, 12 red are kept of it"
    )
    assert recovery.words(offered(qtbot, recovery)) == words


def test_what_was_settled_is_not_offered_again_and_still_there(
    qtbot: QtBot, recovery: Recovery, tmp_path: Path
) -> None:
    path = broken_off(tmp_path, 10, "green")
    before = list_sessions(tmp_path)
    settle(qtbot, recovery, offered(qtbot, recovery))
    assert offered(qtbot, recovery) == ()
    assert list_sessions(tmp_path) == before
    with KeptSession(path) as kept:
        assert not kept.finished


@pytest.mark.parametrize("error", [None, RuntimeError("broken")])
def test_what_is_wanted_next_is_done_once_also_where_settling_fails(
    qtbot: QtBot, recovery: Recovery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    broken_off(tmp_path, 10)
    summaries = offered(qtbot, recovery)

    def conclude(_path: Path) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr("nhem_qt.ui.recovery.conclude_interrupted", conclude)
    done: list[str] = []
    for words in ("first", "second"):
        with qtbot.waitSignal(recovery._jobs.finished):
            recovery.settle(summaries, partial(done.append, words))
    assert done == ["first", "second"]


def test_where_all_ended_in_order_nothing_is_said(qtbot: QtBot, recovery: Recovery, tmp_path: Path) -> None:
    assert offered(qtbot, recovery) == ()
    keep(tmp_path, 10, "green")
    (tmp_path / "damaged.sqlite").write_bytes(b"not a database at all" * 200)
    assert offered(qtbot, recovery) == ()


def test_what_cannot_be_settled_does_not_keep_others_from_it_and_is_offered_again(
    qtbot: QtBot, recovery: Recovery, tmp_path: Path
) -> None:
    opened, other = broken_off(tmp_path, 10, "green"), broken_off(tmp_path, 11, "red")
    summaries = offered(qtbot, recovery)
    assert [summary.path for summary in summaries] == [opened, other]
    with KeptSession(opened):
        settle(qtbot, recovery, summaries)
    assert [summary.path for summary in offered(qtbot, recovery)] == [opened]
