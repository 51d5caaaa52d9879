"""The log, written by processes of its own: it takes over the crash handler of the process that it is in."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import platformdirs
import pytest

from nhem_qt.logs import log_path

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN = """
import faulthandler, logging, sys
from pathlib import Path
from nhem_qt.logs import current_log_path, log_to_console, log_to_file, set_level
path = Path(sys.argv[1])
log_to_console("INFO")
written = log_to_file(path)
log = logging.getLogger("nhem_qt.test")
"""


def run(path: Path, script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _BEGIN + script, str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_the_log_is_in_a_given_data_folder_else_in_the_users_log_folder(tmp_path: Path) -> None:
    assert log_path(tmp_path) == tmp_path / "nhem-qt.log"
    assert log_path(None).parent == platformdirs.user_log_path("nhem-qt", appauthor=False)


def test_an_event_is_one_line_with_time_level_and_origin(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "nhem-qt.log"
    done = run(path, "log.info('first\\nand\\r\\nsecond'); print(written, current_log_path() == path)")
    assert (done.stdout, done.stderr) == ("True True\n", "")
    (line,) = lines(path)
    assert line.endswith(" INFO nhem_qt.test: first and second")
    assert line[:4].isdigit()


def test_the_level_counts_for_the_program_and_not_for_libraries(tmp_path: Path) -> None:
    path = tmp_path / "nhem-qt.log"
    run(
        path,
        "log.debug('too fine')\n"
        "set_level('DEBUG')\n"
        "log.debug('fine')\n"
        "logging.getLogger('PIL').debug('chatter')\n"
        "logging.getLogger('PIL').warning('trouble')\n",
    )
    assert [line.split(": ")[-1] for line in lines(path)] == ["fine", "trouble"]


def test_a_traceback_is_for_the_file_only(tmp_path: Path) -> None:
    path = tmp_path / "nhem-qt.log"
    done = run(path, "try: 1 / 0\nexcept ZeroDivisionError: log.exception('the sum\\nfailed')")
    assert done.stderr == "nhem-qt: the sum failed\n"
    assert "ZeroDivisionError: division by zero" in lines(path)[-1]
    assert "Traceback" in path.read_text(encoding="utf-8")


def test_the_file_is_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "nhem-qt.log"
    run(path, "for number in range(60_000): log.info('%06d %s', number, 80 * '.')")
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(sizes) == {"nhem-qt.log", "nhem-qt.log.1", "nhem-qt.log.2", "nhem-qt.log.3"}
    assert max(sizes.values()) <= 1_000_000
    assert " 059999 " in lines(path)[-1]


@pytest.mark.parametrize("events", [1, 20_000])
def test_a_crash_leaves_the_stacks_of_all_threads_in_the_log_also_after_it_was_begun_anew(
    tmp_path: Path, events: int
) -> None:
    path = tmp_path / "nhem-qt.log"
    crash = "def guilty():\n    faulthandler._sigsegv()\nguilty()"
    done = run(path, f"for number in range({events}): log.info('%s', 80 * '.')\n{crash}")
    assert done.returncode != 0
    assert done.stderr == ""
    text = path.read_text(encoding="utf-8")
    assert "Fatal Python error: Segmentation fault" in text
    assert "in guilty" in text


def test_a_file_that_cannot_be_renamed_is_written_on(tmp_path: Path) -> None:
    path = tmp_path / "nhem-qt.log"
    refuse = "import os\ndef refuse(*_): raise PermissionError('in use')\nos.rename = refuse\n"
    run(path, refuse + "for number in range(15_000): log.info('%06d %s', number, 80 * '.')")
    assert [file.name for file in tmp_path.iterdir()] == ["nhem-qt.log"]
    assert len(lines(path)) == 15_000


def test_without_a_file_warnings_still_reach_the_console(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("", encoding="utf-8")
    done = run(blocked / "nhem-qt.log", "log.warning('trouble'); print(written, current_log_path())")
    assert (done.stdout, done.stderr) == ("False None\n", "nhem-qt: trouble\n")


def test_a_run_logs_no_password_and_nothing_per_frame(tmp_path: Path) -> None:
    config = tmp_path / "fem_config.json"
    content = {"logging": {"level": "DEBUG"}, "security": {"password": "hush-hush"}}
    config.write_text(json.dumps(content), encoding="utf-8")
    arguments = ["--source", "demo", "--seconds", "2", "--config", str(config), "--data-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "nhem_qt", *arguments], check=True, capture_output=True, timeout=60)
    logged = lines(tmp_path / "nhem-qt.log")
    assert not any("hush" in line for line in logged)
    assert len(logged) < 45
