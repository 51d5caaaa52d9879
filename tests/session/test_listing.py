"""The list of kept sessions."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import shutil
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from nhem_qt.cli import main
from nhem_qt.session import (
    KeptSession,
    KeptSummary,
    SessionState,
    SessionStore,
    StoreError,
    conclude_interrupted,
    find_session,
    list_sessions,
    listing,
    rename_session,
    summary_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

PATIENCE_S = 60.0


def keep(folder: Path, info: SessionInfo, samples: list[Sample]) -> SessionStore:
    store = SessionStore(folder, info)
    for sample in samples:
        store.put(sample)
    assert store.flush(PATIENCE_S)
    return store


def test_a_line_tells_when_how_long_from_where_and_what_was_found(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    colors = {10: "green", 20: "red", 30: "green"}
    samples = [
        sample_of(index, peak=peak_of(index, color=colors[index]) if index in colors else None) for index in range(46)
    ]
    store = keep(tmp_path, info, samples)
    expected = KeptSummary(store.path, info.started_at, SessionState.RUNNING, 1.0, "demo", 46, 2, 1)
    assert list_sessions(tmp_path) == [expected] == [summary_of(store.path)]
    assert expected.session_id == info.session_id
    assert store.close(PATIENCE_S)
    assert list_sessions(tmp_path) == [dataclasses.replace(expected, state=SessionState.FINISHED)]


def test_the_oldest_stands_first_though_the_clock_was_set_back_by_a_time_zone(
    tmp_path: Path, info: SessionInfo
) -> None:
    # An hour earlier by name, for the second began after summer time had ended.
    first = dt.datetime.fromisoformat("2024-10-27T02:50:00+02:00")
    second = dt.datetime.fromisoformat("2024-10-27T02:10:00+01:00")
    for started_at in (second, first):
        name = f"{started_at:%Y%m%d-%H%M%S}"
        assert SessionStore(tmp_path, dataclasses.replace(info, session_id=name, started_at=started_at)).close()
    assert [summary.started_at for summary in list_sessions(tmp_path)] == [first, second]


def test_a_damaged_file_is_listed_with_its_error_among_the_others(tmp_path: Path, info: SessionInfo) -> None:
    assert SessionStore(tmp_path, info).close(PATIENCE_S)
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"not a database at all" * 200)
    os.utime(damaged, (0, 0))
    first, second = list_sessions(tmp_path)
    assert (first.session_id, first.started_at.timestamp(), first.state) == ("damaged", 0.0, SessionState.DAMAGED)
    assert first.error == "damaged.sqlite is no session of this program or is damaged: choose another one"
    assert (second.session_id, second.error) == (info.session_id, None)


def test_where_nothing_is_kept_the_list_is_empty(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert list_sessions(tmp_path) == list_sessions(tmp_path / "nowhere") == list_sessions(tmp_path / "file") == []
    assert summary_of(tmp_path / "none.sqlite") is None


def test_a_folder_that_cannot_be_read_is_an_error_and_not_empty(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(StoreError, match=r"loop cannot be read \(.+\): see that you may read there"):
        list_sessions(loop)


def test_five_hundred_sessions_are_listed_at_once(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    peaks = {index: peak_of(index, decided_frame=index) for index in range(10, 300, 10)}
    store = keep(tmp_path, info, [sample_of(index, peak=peaks.get(index)) for index in range(300)])
    assert store.close(PATIENCE_S)
    for number in range(499):
        shutil.copy(store.path, tmp_path / f"{number}.sqlite")
    begin_s = time.perf_counter()
    assert [summary.green for summary in list_sessions(tmp_path)] == [29] * 500
    # A quarter of a second on a machine of 2020.
    assert time.perf_counter() - begin_s < 5.0


def test_a_session_that_is_being_written_is_listed_without_trying_its_lock(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "is_in_use", pytest.fail)
    store = keep(tmp_path, info, [sample_of(0)])
    assert [summary.state for summary in list_sessions(tmp_path)] == [SessionState.RUNNING]
    assert store.close(PATIENCE_S)
    assert [summary.state for summary in list_sessions(tmp_path)] == [SessionState.FINISHED]


def test_a_session_that_was_left_without_its_log_broke_off(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    store = keep(tmp_path, info, [sample_of(0)])
    assert store.close(PATIENCE_S)
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("DELETE FROM session WHERE key = 'ended_at'")
        connection.commit()
    assert [summary.state for summary in list_sessions(tmp_path)] == [SessionState.INTERRUPTED]


def test_the_command_line_tells_name_and_end_of_a_session(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], capsys: pytest.CaptureFixture[str]
) -> None:
    store = keep(tmp_path, info, [sample_of(index) for index in range(46)])
    line = f"{info.session_id}  2024-05-17 23:59:58       1.0 s  demo    0 green  0 red"

    def told() -> str:
        assert main(["sessions", "--data-dir", str(tmp_path)]) == 0
        return capsys.readouterr().out

    assert told() == f"{line}  not finished\n"
    assert store.close(PATIENCE_S)
    assert told() == f"{line}\n"
    rename_session(store.path, "Patient 7\nliver")
    assert told() == f"{line}  Patient 7 liver\n"
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("DELETE FROM session WHERE key = 'ended_at'")
        connection.commit()
    conclude_interrupted(store.path)
    assert told() == f"{line}  interrupted  Patient 7 liver\n"


def test_the_samples_of_a_finished_session_are_not_counted_anew(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keep(tmp_path, info, [sample_of(index) for index in range(10)]).close(PATIENCE_S)
    asked: list[str] = []
    monkeypatch.setattr(KeptSession, "_value", lambda _kept, statement: asked.append(statement))
    assert [summary.samples for summary in list_sessions(tmp_path)] == [10]
    assert asked == []


def test_a_session_is_found_by_its_name(tmp_path: Path, info: SessionInfo) -> None:
    store = SessionStore(tmp_path, info)
    assert store.close(PATIENCE_S)
    assert find_session(tmp_path, info.session_id) == store.path


@pytest.mark.parametrize(
    "name", ["", "tomorrow", "../20240517-235958-123-demo", "*", "20240517-235958-123-demo.sqlite"]
)
def test_a_name_that_is_not_there_is_an_error_that_says_where_names_are_listed(
    tmp_path: Path, info: SessionInfo, name: str
) -> None:
    assert SessionStore(tmp_path, info).close(PATIENCE_S)
    with pytest.raises(StoreError, match=r"There is no session .* in .*: `nhem-qt sessions` lists those that are"):
        find_session(tmp_path, name)
