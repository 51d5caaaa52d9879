"""The list of kept sessions."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from typing import TYPE_CHECKING

import pytest

from nhem_qt.session import KeptSession, KeptSummary, SessionStore, StoreError, find_session, list_sessions

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
    expected = KeptSummary(info.session_id, info.started_at, 1.0, "demo", 46, 2, 1, finished=False)
    assert list_sessions(tmp_path) == [expected]
    assert store.close(PATIENCE_S)
    assert list_sessions(tmp_path) == [dataclasses.replace(expected, finished=True)]


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
    assert (first.session_id, first.started_at.timestamp(), first.finished) == ("damaged", 0.0, False)
    assert first.error == "damaged.sqlite is no session of this program or is damaged: choose another one"
    assert (second.session_id, second.error) == (info.session_id, None)


def test_where_nothing_is_kept_the_list_is_empty(tmp_path: Path) -> None:
    assert list_sessions(tmp_path) == list_sessions(tmp_path / "nowhere") == []


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
