"""Sessions on disk, also after the worst."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import RoiData
from nhem_qt.session import (
    KeptSession,
    Mark,
    Moment,
    SessionStore,
    StoreError,
    peak_cells,
    sample_cells,
    session_paths,
)
from nhem_qt.session.pictures import TakenPicture
from nhem_qt.session.store import _BATCH_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

PATIENCE_S = 60.0
FLOATS = st.floats(-1e9, 1e9)


@pytest.fixture
def store(tmp_path: Path, info: SessionInfo) -> Iterator[SessionStore]:
    store = SessionStore(tmp_path, info)
    yield store
    assert store.close(PATIENCE_S) == (store.failure is None)


def kept_samples(path: Path) -> list[tuple[object, ...]]:
    with KeptSession(path) as kept:
        return list(kept.sample_cells())


def kept_peaks(path: Path) -> list[tuple[object, ...]]:
    with KeptSession(path) as kept:
        return list(kept.peak_cells())


def full(store: SessionStore) -> None:
    """Let the disk be full from here on."""
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")


def test_every_sample_is_on_disk_in_time_order(store: SessionStore, sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index * 3, gray) for index, gray in enumerate([100.0, None, 0.1 + 0.2, 255.0] * 50)]
    for sample in samples:
        store.put(sample)
    assert store.flush(PATIENCE_S)
    assert kept_samples(store.path) == [sample_cells(sample) for sample in samples]


@given(st.lists(st.tuples(st.none() | FLOATS, FLOATS, st.none() | FLOATS), max_size=20))
def test_every_number_is_kept_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory,
    info: SessionInfo,
    sample_of: Callable[..., Sample],
    peak_of: Callable[..., Peak],
    values: list[tuple[float | None, float, float | None]],
) -> None:
    store = SessionStore(tmp_path_factory.mktemp("bits"), info)
    samples = [
        sample_of(index, gray, peak_of(index + 1, post_mean=other), baseline=baseline, gray_large=baseline)
        for index, (gray, other, baseline) in enumerate(values)
    ]
    for sample in samples:
        store.put(sample)
    assert store.close(PATIENCE_S)
    assert repr(kept_samples(store.path)) == repr([sample_cells(sample) for sample in samples])
    assert repr(kept_peaks(store.path)) == repr([peak_cells(sample.peak) for sample in samples if sample.peak])


def test_the_session_describes_itself(store: SessionStore, info: SessionInfo) -> None:
    with KeptSession(store.path) as kept:
        assert kept.info == info
        assert kept.info.started_at.utcoffset() == info.started_at.utcoffset()


def test_a_peak_decided_at_the_end_replaces_the_last_sample_and_no_peak(
    store: SessionStore, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    final = sample_of(2, peak=peak_of(2))
    for sample in (sample_of(0), sample_of(1, peak=peak_of(1)), sample_of(2), final):
        store.put(sample)
    assert store.flush(PATIENCE_S)
    assert kept_samples(store.path)[2] == sample_cells(final)
    assert [cells[0] for cells in kept_samples(store.path)] == [0, 1, 2]
    assert [cells[0] for cells in kept_peaks(store.path)] == [1, 2]


def test_samples_reach_the_disk_without_being_asked_for(
    store: SessionStore, sample_of: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = threading.Event()
    write = store._write_waiting

    def telling(*, at_once: bool) -> None:
        waited = bool(store._waiting)
        write(at_once=at_once)
        if waited:
            written.set()

    monkeypatch.setattr(store, "_write_waiting", telling)
    store.put(sample_of(0))
    assert written.wait(PATIENCE_S)
    assert len(kept_samples(store.path)) == 1
    assert _BATCH_S <= 0.5


def test_of_several_pictures_one_at_a_time_is_compressed(store: SessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    all_written = threading.Event()
    insert = SessionStore._insert

    def counting(store: SessionStore, table: str, rows: list[Any]) -> None:
        insert(store, table, rows)
        written.append(len(rows))
        if sum(written) == len(Moment):
            all_written.set()

    monkeypatch.setattr(SessionStore, "_insert", counting)
    roi = Roi(0, 0, 60, 50)
    frame = Frame(np.full((50, 60, 4), 90, np.uint8), roi, 1.0, SourceKind.SCREEN)
    for moment in Moment:
        store.put(TakenPicture(1, moment, False, 1.0, RoiData.of(frame)))  # noqa: FBT003 - it is a large one
    assert all_written.wait(PATIENCE_S)
    assert written == [1] * len(Moment)


def test_a_reader_sees_one_moment_while_more_is_written(store: SessionStore, sample_of: Callable[..., Sample]) -> None:
    store.put(sample_of(0))
    assert store.flush(PATIENCE_S)
    with KeptSession(store.path) as kept:
        store.put(sample_of(1))
        assert store.flush(PATIENCE_S)
        assert len(list(kept.sample_cells())) == 1
        assert len(list(kept.sample_cells())) == 1
    assert len(kept_samples(store.path)) == 2


def test_a_folder_that_is_missing_is_made(tmp_path: Path, info: SessionInfo) -> None:
    store = SessionStore(tmp_path / "a" / "b", info)
    assert store.close(PATIENCE_S)
    assert session_paths(tmp_path / "a" / "b") == [store.path]


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_do(tmp_path: Path, info: SessionInfo) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot be kept in .*file.*: choose another folder with --data-dir"):
        SessionStore(tmp_path / "file", info)


def test_a_file_that_is_there_already_is_neither_overwritten_nor_left_open(
    store: SessionStore, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    store.put(sample_of(0))
    with pytest.raises(StoreError, match="cannot be kept"):
        SessionStore(store.path.parent, info)
    assert store.flush(PATIENCE_S)
    assert len(kept_samples(store.path)) == 1


def test_a_full_disk_is_told_and_once_there_is_room_nothing_is_missing(
    store: SessionStore, sample_of: Callable[..., Sample]
) -> None:
    for index in range(10):
        store.put(sample_of(index))
    assert store.flush(PATIENCE_S)
    full(store)
    for index in range(10, 5000):
        store.put(sample_of(index))
    assert not store.flush(PATIENCE_S)
    assert store.failure is not None
    assert "not being kept" in store.failure
    assert "full" in store.failure
    assert store.failure.endswith("make room there")
    assert [cells[0] for cells in kept_samples(store.path)] == list(range(10))
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert store.flush(PATIENCE_S)
    assert store.failure is None
    assert [cells[0] for cells in kept_samples(store.path)] == list(range(5000))


def test_a_file_that_another_program_holds_is_written_once_it_lets_go(
    store: SessionStore, sample_of: Callable[..., Sample]
) -> None:
    store._connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.put(sample_of(0))
        assert not store.flush(PATIENCE_S)
        assert store.failure is not None
        assert store.failure.endswith("close the program that has the file open")
        other.execute("ROLLBACK")
    store.put(sample_of(1))
    assert store.flush(PATIENCE_S)
    assert [cells[0] for cells in kept_samples(store.path)] == [0, 1]


def test_it_is_tried_again_without_being_asked_for(
    store: SessionStore, sample_of: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhem_qt.session.store._RETRY_S", 0.0)
    full(store)
    for index in range(5000):
        store.put(sample_of(index))
    assert not store.flush(PATIENCE_S)
    written, insert = threading.Event(), store._insert
    monkeypatch.setattr(store, "_insert", lambda *args: (insert(*args), written.set()))
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert written.wait(PATIENCE_S)
    assert store.flush(PATIENCE_S)
    assert len(kept_samples(store.path)) == 5000


def test_where_too_much_waits_the_keeping_ends_and_memory_is_spared(
    store: SessionStore, sample_of: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhem_qt.session.store._MOST_WAITING", 100)
    full(store)
    for index in range(5000):
        store.put(sample_of(index))
    assert not store.flush(PATIENCE_S)
    assert store.failure is not None
    assert store.failure.endswith("start anew")
    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.put(sample_of(5000))
    assert not store.flush(PATIENCE_S)
    assert store._waiting == []


def test_what_no_file_can_hold_ends_the_keeping_and_says_so(
    store: SessionStore, sample_of: Callable[..., Sample]
) -> None:
    store.put(sample_of(0))
    assert store.flush(PATIENCE_S)
    store.put(Mark(1.0, "half a letter: \ud83d"))
    assert not store.flush(PATIENCE_S)
    assert store.failure is not None
    assert "no longer kept" in store.failure
    assert store._thread.is_alive()
    assert len(kept_samples(store.path)) == 1


def test_after_closing_nothing_more_is_taken(tmp_path: Path, info: SessionInfo) -> None:
    store = SessionStore(tmp_path, info)
    assert store.put(Mark(1.0, "kept"))
    assert store.close(PATIENCE_S)
    assert not store.put(Mark(2.0, "too late"))
    with KeptSession(store.path) as kept:
        assert kept.marks() == (Mark(1.0, "kept"),)


def test_closing_keeps_what_was_handed_over_and_ends_the_thread(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    store = SessionStore(tmp_path, info)
    for index in range(500):
        store.put(sample_of(index))
    assert store.close(PATIENCE_S)
    assert not store._thread.is_alive()
    assert len(kept_samples(store.path)) == 500
    assert store.flush(0.0)
    assert store.close(0.0)


def test_an_ended_session_is_one_file_and_stays_one_when_it_is_read(tmp_path: Path, info: SessionInfo) -> None:
    store = SessionStore(tmp_path, info)
    assert store.close(PATIENCE_S)
    assert list(tmp_path.iterdir()) == [store.path]
    with KeptSession(store.path) as kept:
        assert kept.info == info
    assert list(tmp_path.iterdir()) == [store.path]


def test_a_session_that_is_read_while_it_ends_is_closed_without_waiting(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    store = SessionStore(tmp_path, info)
    store.put(sample_of(0))
    assert store.flush(PATIENCE_S)
    with KeptSession(store.path) as kept:
        store.put(sample_of(1))
        assert store.close(PATIENCE_S)
        assert not store._thread.is_alive()
        assert len(list(kept.sample_cells())) == 1
    assert len(kept_samples(store.path)) == 2


def test_flushing_from_many_threads_while_it_is_closed_never_waits_in_vain(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    for number in range(20):
        store = SessionStore(tmp_path, dataclasses.replace(info, session_id=f"session-{number}"))
        together = threading.Barrier(4)
        kept: list[bool] = []

        def flush(store: SessionStore = store, together: threading.Barrier = together, kept: list[bool] = kept) -> None:
            together.wait()
            kept.append(store.flush(PATIENCE_S))

        threads = [threading.Thread(target=flush) for _ in range(3)]
        for thread in threads:
            thread.start()
        store.put(sample_of(0))
        together.wait()
        assert store.close(PATIENCE_S)
        for thread in threads:
            thread.join()
        assert kept == [True] * 3


def test_a_flush_that_takes_too_long_says_so(
    store: SessionStore, sample_of: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(store, "_write_waiting", lambda **_: go_on.wait(PATIENCE_S))
    store.put(sample_of(0))
    assert not store.flush(0.0)
    go_on.set()


_DOOMED = """
import datetime as dt, itertools, sys, time
from pathlib import Path
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.session import SessionInfo, SessionStore

info = SessionInfo("doomed", dt.datetime.now().astimezone(), "demo", "dual", "0,0,9,9", 45.0)
store = SessionStore(Path(sys.argv[1]), info)
for index in itertools.count():
    measurement = Measurement(index, index / 45, 100 + index / 7, None, SourceKind.DEMO, Status.SUCCESS)
    store.put(Sample(measurement, None, None, False, None, None, None))
    if index == 499:
        print("kept" if store.flush(60) else store.failure, flush=True)
    if index == 999:
        print("more", flush=True)
    if index >= 500:
        time.sleep(0.0005)
"""


def test_a_killed_process_leaves_a_whole_file_with_all_but_the_last_batch(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _DOOMED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        assert process.stdout.readline() == "more\n"
        process.kill()
    path = tmp_path / "doomed.sqlite"
    samples = kept_samples(path)
    assert len(samples) >= 500
    assert [cells[0] for cells in samples] == list(range(len(samples)))
    assert [cells[2] for cells in samples] == [100 + index / 7 for index in range(len(samples))]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.skipif(os.name == "nt", reason="needs fork and kill -9")
def test_a_kill_at_any_moment_of_recording_at_120_hz_costs_at_most_one_second(tmp_path: Path) -> None:
    kills = Path(__file__).with_name("kills.py")
    command = [sys.executable, str(kills), str(tmp_path), "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    reports = [line.split() for line in done.stdout.splitlines()]
    assert len(reports) == 5
    assert [(answer, whole) for _, answer, whole in reports] == [("ok", "True")] * 5
    assert all(0 <= int(lost) <= 120 for lost, _, _ in reports), reports


# --- what is no session


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 200])
def test_a_file_that_is_no_session_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"other\.sqlite is no session of this program or is damaged: choose another"):
        KeptSession(path)


def test_a_file_that_is_not_there_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nothing.sqlite"
    with pytest.raises(StoreError):
        KeptSession(path)
    assert not path.exists()


@pytest.mark.parametrize("value", ["no json", "{}", "5", '"2024-13-13"', None, b"\xff\x00"])
def test_another_programs_database_is_an_error(tmp_path: Path, value: object) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE session (key, value)")
        connection.execute("INSERT INTO session VALUES ('started_at', ?)", [value])
        connection.commit()
    with pytest.raises(StoreError, match="is no session"):
        KeptSession(path)


def test_a_name_that_means_something_in_a_uri_is_only_a_name(tmp_path: Path, info: SessionInfo) -> None:
    store = SessionStore(tmp_path / "50% ? #1 ü", info)
    assert store.close(PATIENCE_S)
    with KeptSession(store.path) as kept:
        assert kept.info == info


def test_sessions_are_listed_oldest_first_and_nothing_else(tmp_path: Path) -> None:
    names = ["20240517-235958-123-demo.sqlite", "20240518-000000-000-screen.sqlite"]
    for name in [*reversed(names), "notes.txt", f"{names[0]}-wal"]:
        (tmp_path / name).touch()
    assert [path.name for path in session_paths(tmp_path)] == names
    assert session_paths(tmp_path / "nowhere") == []
