"""Naming, deleting, and what becomes of sessions that broke off."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.session import (
    KeptSession,
    SessionInUseError,
    SessionState,
    SessionStore,
    StoreError,
    conclude_interrupted,
    delete_session,
    interrupted_sessions,
    list_sessions,
    note_session,
    rename_session,
    summary_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

PATIENCE_S = 60.0
NOBODY = 65534

# Keeps 500 samples, then 100 more for every line that it reads, and ends in order with its input.
_RECORDER = """
import datetime as dt, itertools, sys
from pathlib import Path
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.session import SessionInfo, SessionStore

info = SessionInfo("recorded", dt.datetime.now().astimezone(), "demo", "dual", "0,0,9,9", 45.0)
store = SessionStore(Path(sys.argv[1]), info)
numbers = itertools.count()

def keep(count):
    for index in itertools.islice(numbers, count):
        measurement = Measurement(index, index / 45, 100 + index / 7, None, SourceKind.DEMO, Status.SUCCESS)
        store.put(Sample(measurement, None, None, False, None, None, None))
    print("kept" if store.flush(60) else store.failure, flush=True)

keep(500)
for _ in sys.stdin:
    keep(100)
print("ended" if store.close(60) else store.failure, flush=True)
"""


class Recorder:
    """Another program that records a session."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", _RECORDER, str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.path = folder / "recorded.sqlite"
        self.expect("kept")

    def expect(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"{word}\n"

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.expect("kept")

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.expect("ended")

    def rest(self) -> None:
        """Let it look as if nothing had been written for long."""
        for path in (self.path, log_of(self.path)):
            os.utime(path, (1000, 1000))

    def kill(self) -> None:
        with self.process:
            self.process.kill()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path)
    yield recorder
    recorder.kill()


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is left of a session whose program was killed; nobody may open it."""
    recorder = Recorder(tmp_path_factory.mktemp("killed"))
    recorder.kill()
    return recorder.path


@pytest.fixture
def broken_off(killed: Path, tmp_path: Path) -> Path:
    """The same in files of the test's own."""
    for part in killed.parent.iterdir():
        shutil.copy(part, tmp_path)
    return tmp_path / killed.name


@pytest.fixture
def ended(tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]) -> Path:
    store = SessionStore(tmp_path, info)
    store.put(sample_of(0))
    assert store.close(PATIENCE_S)
    return store.path


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def indices_of(path: Path) -> list[object]:
    with KeptSession(path) as kept:
        return [cells[0] for cells in kept.sample_cells()]


def words_of(path: Path) -> tuple[str, str]:
    with KeptSession(path) as kept:
        return kept.name, kept.note


def state_of(path: Path) -> SessionState:
    summary = summary_of(path)
    assert summary is not None
    return summary.state


def run_sql(path: Path, script: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def make_first_version(path: Path) -> None:
    """Turn a session into one of the first version, as far as anybody can tell."""
    run_sql(path, "DELETE FROM session WHERE key IN ('ended_at', 'sample_count'); PRAGMA user_version = 1;")
    tables = ("rejection", "transition", "notice", "mark", "change", "picture")
    run_sql(path, "".join(f"DROP TABLE {table};" for table in tables))


def damage(path: Path) -> None:
    """Overwrite most of the samples, none of what the session says of itself."""
    conclude = sqlite3.connect(path)
    conclude.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conclude.close()
    with path.open("r+b") as file:
        file.seek(-8192, os.SEEK_END)
        file.write(b"\xa5" * 8192)


# --- name and note


def test_a_session_has_a_name_and_a_note_once_they_are_given(ended: Path) -> None:
    assert words_of(ended) == ("", "")
    rename_session(ended, "Patient 7, liver")
    note_session(ended, "second try\nafter the pause\n")
    assert words_of(ended) == ("Patient 7, liver", "second try\nafter the pause")
    (summary,) = list_sessions(ended.parent)
    assert (summary.name, summary.note) == ("Patient 7, liver", "second try\nafter the pause")
    assert summary.state is SessionState.FINISHED
    rename_session(ended, "")
    assert words_of(ended) == ("", "second try\nafter the pause")
    assert list(ended.parent.iterdir()) == [ended]


@given(name=st.text(max_size=30))
def test_a_name_is_one_line_of_what_can_be_printed(
    tmp_path_factory: pytest.TempPathFactory, info: SessionInfo, name: str
) -> None:
    store = SessionStore(tmp_path_factory.mktemp("named"), info)
    assert store.close(PATIENCE_S)
    rename_session(store.path, name)
    kept, _ = words_of(store.path)
    assert kept.isprintable()
    assert kept == kept.strip()
    assert kept.split() == [word for word in kept.split(" ") if word]
    if name.isprintable():
        assert kept.split() == name.split()


def test_a_session_can_be_named_while_it_is_recorded(recorder: Recorder) -> None:
    rename_session(recorder.path, "now")
    recorder.go_on()
    note_session(recorder.path, "still running")
    recorder.go_on()
    recorder.end()
    assert indices_of(recorder.path) == list(range(700))
    assert words_of(recorder.path) == ("now", "still running")
    assert state_of(recorder.path) is SessionState.FINISHED


def test_naming_waits_for_whoever_writes_just_now(ended: Path) -> None:
    with contextlib.closing(sqlite3.connect(ended, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        naming = threading.Thread(target=rename_session, args=(ended, "patient"))
        naming.start()
        naming.join(0.2)
        assert naming.is_alive()
        writer.execute("COMMIT")
        naming.join(PATIENCE_S)
    assert words_of(ended) == ("patient", "")


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_file_of_the_first_version_can_be_named_and_ends_as_it_did(ended: Path, journal: str) -> None:
    make_first_version(ended)
    run_sql(ended, f"PRAGMA journal_mode = {journal}")
    rename_session(ended, "old")
    note_session(ended, "from before")
    with KeptSession(ended) as kept:
        assert (kept.name, kept.note, kept.finished) == ("old", "from before", journal == "DELETE")
        assert kept.sample_count == 1


def test_what_is_no_session_is_not_written_to(tmp_path: Path, ended: Path) -> None:
    run_sql(ended, "PRAGMA user_version = 99")
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"not a database at all" * 200)
    before = content_of(tmp_path)
    for path, words in (
        (other, "is no session"),
        (ended, "newer version"),
        (tmp_path / "none.sqlite", "is gone"),
    ):
        with pytest.raises(StoreError, match=words):
            rename_session(path, "name")
    assert content_of(tmp_path) == before


# --- deleting


def test_a_deleted_session_is_gone_with_all_that_lay_beside_it_and_nothing_else(broken_off: Path, ended: Path) -> None:
    assert len(list(broken_off.parent.iterdir())) == 4
    delete_session(broken_off)
    assert list(broken_off.parent.iterdir()) == [ended]


def test_a_damaged_file_can_be_deleted(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"not a database at all" * 200)
    delete_session(damaged)
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_is_looked_at_is_not_deleted(ended: Path) -> None:
    with KeptSession(ended):
        with pytest.raises(SessionInUseError, match="is open, here or in another program: close it, then delete"):
            delete_session(ended)
        assert indices_of(ended) == [0]
    delete_session(ended)
    assert not ended.exists()


def test_a_session_that_another_program_records_is_not_deleted_and_goes_on(recorder: Recorder) -> None:
    with pytest.raises(SessionInUseError, match="is open"):
        delete_session(recorder.path)
    recorder.go_on()
    recorder.end()
    assert indices_of(recorder.path) == list(range(600))


def test_what_cannot_be_deleted_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "folder.sqlite"
    folder.mkdir()
    with pytest.raises(StoreError, match=r"folder\.sqlite cannot be deleted \(.+\): see that you may write there"):
        delete_session(folder)


# --- what broke off


def test_a_session_that_broke_off_is_found_and_concluded_once(broken_off: Path, ended: Path) -> None:
    before = content_of(broken_off.parent)
    assert log_of(broken_off).stat().st_size > 0
    assert interrupted_sessions(broken_off.parent) == [broken_off]
    assert state_of(broken_off) is SessionState.INTERRUPTED
    conclude_interrupted(broken_off)
    assert interrupted_sessions(broken_off.parent) == []
    assert sorted(broken_off.parent.iterdir()) == [ended, broken_off]
    assert indices_of(broken_off) == list(range(500))
    assert content_of(ended.parent)[ended.name] == before[ended.name]


def test_a_concluded_session_never_claims_to_have_ended_in_order(
    broken_off: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conclude_interrupted(broken_off)
    conclude_interrupted(broken_off)
    with KeptSession(broken_off) as kept:
        assert (kept.finished, kept.ended_at) == (False, None)
        # So that no list has to count them anew.
        monkeypatch.setattr(kept, "_value", None)
        assert kept.sample_count == 500
    assert state_of(broken_off) is SessionState.INTERRUPTED


def test_a_concluded_session_can_still_be_named_and_deleted(broken_off: Path) -> None:
    conclude_interrupted(broken_off)
    rename_session(broken_off, "the lost one")
    assert words_of(broken_off) == ("the lost one", "")
    assert state_of(broken_off) is SessionState.INTERRUPTED
    assert list(broken_off.parent.iterdir()) == [broken_off]
    delete_session(broken_off)
    assert list(broken_off.parent.iterdir()) == []


def test_of_the_first_version_too_a_session_that_broke_off_stays_one(broken_off: Path) -> None:
    make_first_version(broken_off)
    assert interrupted_sessions(broken_off.parent) == [broken_off]
    conclude_interrupted(broken_off)
    assert list(broken_off.parent.iterdir()) == [broken_off]
    assert interrupted_sessions(broken_off.parent) == []
    assert state_of(broken_off) is SessionState.INTERRUPTED
    assert indices_of(broken_off) == list(range(500))


def test_a_session_that_came_to_its_end_is_neither_found_nor_touched(ended: Path) -> None:
    before = content_of(ended.parent)
    assert interrupted_sessions(ended.parent) == []
    conclude_interrupted(ended)
    assert content_of(ended.parent) == before
    assert state_of(ended) is SessionState.FINISHED


def test_what_was_half_written_when_the_power_failed_is_left_out(recorder: Recorder) -> None:
    recorder.go_on()
    recorder.kill()
    log = log_of(recorder.path)
    os.truncate(log, log.stat().st_size - 100)
    recorder.path.with_name(f"{recorder.path.name}-shm").unlink()
    assert interrupted_sessions(recorder.path.parent) == [recorder.path]
    conclude_interrupted(recorder.path)
    assert indices_of(recorder.path) == list(range(500))


def test_a_damaged_session_is_not_offered_and_left_as_it_is(broken_off: Path) -> None:
    damage(broken_off)
    before = broken_off.read_bytes()
    assert interrupted_sessions(broken_off.parent) == []
    with pytest.raises(StoreError, match=r"recorded\.sqlite is damaged and is left as it is"):
        conclude_interrupted(broken_off)
    assert broken_off.read_bytes() == before


def test_other_files_and_missing_folders_are_not_offered(tmp_path: Path) -> None:
    (tmp_path / "damaged.sqlite").write_bytes(b"not a database at all" * 200)
    (tmp_path / "folder.sqlite").mkdir()
    assert interrupted_sessions(tmp_path) == interrupted_sessions(tmp_path / "nowhere") == []
    with pytest.raises(StoreError, match="is gone, it was deleted or moved"):
        conclude_interrupted(tmp_path / "none.sqlite")


# --- what is still recorded


def test_a_session_that_another_program_records_is_not_taken_for_broken_off(recorder: Recorder) -> None:
    assert state_of(recorder.path) is SessionState.RUNNING
    # It was paused for long.
    recorder.rest()
    assert state_of(recorder.path) is SessionState.RUNNING
    assert interrupted_sessions(recorder.path.parent) == []
    recorder.kill()
    assert interrupted_sessions(recorder.path.parent) == [recorder.path]


def test_concluding_does_not_hurt_a_session_that_another_program_records(recorder: Recorder) -> None:
    for _ in range(3):
        recorder.rest()
        with pytest.raises(SessionInUseError, match="in use"):
            conclude_interrupted(recorder.path)
        recorder.go_on()
    recorder.end()
    assert indices_of(recorder.path) == list(range(800))
    assert state_of(recorder.path) is SessionState.FINISHED
    with contextlib.closing(sqlite3.connect(recorder.path)) as connection:
        keys = {key for (key,) in connection.execute("SELECT key FROM session")}
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert "interrupted" not in keys


def test_concluding_leaves_a_session_alone_that_is_looked_at(broken_off: Path) -> None:
    with KeptSession(broken_off) as kept:
        with pytest.raises(SessionInUseError):
            conclude_interrupted(broken_off)
        assert len(list(kept.sample_cells())) == 500
    conclude_interrupted(broken_off)
    assert indices_of(broken_off) == list(range(500))


# --- where nobody may write


@contextlib.contextmanager
def read_only(*sources: Path) -> Iterator[Path]:
    """A folder with old copies that may only be read, also by somebody who may do anything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in sources:
            copy = shutil.copy(source, folder)
            os.utime(copy, (1000, 1000))
            Path(copy).chmod(0o444)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="a folder's read-only mark means nothing there")
def test_where_nobody_may_write_all_is_listed_and_nothing_done(ended: Path, killed: Path) -> None:
    with read_only(ended, *killed.parent.iterdir()) as folder:
        finished, broken = folder / ended.name, folder / killed.name
        assert [summary.state for summary in list_sessions(folder)] == [SessionState.FINISHED, SessionState.INTERRUPTED]
        assert indices_of(broken) == list(range(500))
        assert interrupted_sessions(folder) == []
        for refused in (conclude_interrupted, delete_session):
            with pytest.raises(StoreError, match="see that you may write there"):
                refused(broken)
        with pytest.raises(StoreError, match=r"cannot be changed \(.+\): see that you may write there"):
            rename_session(finished, "name")
        assert indices_of(finished) == [0]
