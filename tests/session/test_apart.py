"""Work in a process of its own: its outcome, its errors and its end are those of work in this one."""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from nhem_qt.errors import Cancelled, NhemError
from nhem_qt.session import ExportError, StoreError, do_apart, export_kept, write_report

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.session import Progress


def note_process(path: Path, progress: Progress) -> None:
    """Write down which process this is, and how much it stands back."""
    progress(0.5)
    path.write_text(f"{os.getpid()} {os.nice(0) if hasattr(os, 'nice') else 0}", encoding="utf-8")
    progress(1.0)


def go_on(path: Path, progress: Progress) -> None:
    """Work until nobody wants it any more."""
    path.touch()
    try:
        while True:
            progress(0.5)
            time.sleep(0.01)  # so much work
    finally:
        path.unlink()


def fail(error: Exception, _progress: Progress) -> None:
    raise error


def be_killed(_progress: Progress) -> None:
    """End as if there were no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_work_is_done_in_a_process_that_stands_back(tmp_path: Path) -> None:
    shares: list[float] = []
    do_apart(partial(note_process, tmp_path / "process"), shares.append)
    process, niceness = map(int, (tmp_path / "process").read_text(encoding="utf-8").split())
    assert process != os.getpid()
    if hasattr(os, "nice"):
        assert niceness > os.nice(0)
    assert shares == [0.5, 1.0]


def test_a_report_and_an_export_are_the_same_as_from_this_process(kept_demo: Path, tmp_path: Path) -> None:
    do_apart(partial(export_kept, kept_demo, tmp_path / "apart", None))
    export_kept(kept_demo, tmp_path / "here")
    assert content(tmp_path / "apart") == content(tmp_path / "here")
    shares: list[float] = []
    do_apart(partial(write_report, kept_demo, tmp_path / "report.html", None), shares.append)
    assert (tmp_path / "report.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("error", [StoreError("it is damaged"), ExportError("no room"), NhemError("odd")], ids=str)
def test_what_is_wrong_is_told_as_it_was(error: NhemError) -> None:
    with pytest.raises(type(error), match=str(error)):
        do_apart(partial(fail, error))


def test_what_nobody_foresaw_comes_with_where_it_was_for_the_log() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)in fail.*ZeroDivisionError: by nothing"):
        do_apart(partial(fail, ZeroDivisionError("by nothing")))


def test_whoever_wants_no_more_of_it_ends_it_and_it_tidies_up(tmp_path: Path) -> None:
    def enough(_share: float) -> None:
        assert (tmp_path / "working").exists()
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        do_apart(partial(go_on, tmp_path / "working"), enough)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal")
def test_a_process_that_is_killed_is_told() -> None:
    with pytest.raises(NhemError, match="was ended from outside: try again"):
        do_apart(be_killed)
