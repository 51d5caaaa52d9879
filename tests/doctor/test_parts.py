"""What the doctor finds of each thing."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import shutil
import sqlite3
import sys
import time
from collections import namedtuple
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nhem_qt.capture import NO_PERMISSION
from nhem_qt.doctor import Finding, Level
from nhem_qt.doctor.configured import config_findings, load
from nhem_qt.doctor.folders import BYTES_PER_SAMPLE, bytes_per_sample, folder_findings
from nhem_qt.doctor.kept import session_findings
from nhem_qt.doctor.logged import log_findings
from nhem_qt.doctor.screens import WayTrial, display_findings, has_display, screen_findings, try_ways
from nhem_qt.doctor.system import library_findings, system_findings
from nhem_qt.doctor.trial import try_out
from nhem_qt.errors import Cancelled
from nhem_qt.geometry import Roi
from nhem_qt.session import KeptSession, SessionState, summary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nhem_qt.doctor import Machine

NOW = dt.datetime(2026, 5, 20, 12, 0, 0)  # noqa: DTZ001 - as the log has it
DISK = namedtuple("DISK", "total used free")  # noqa: PYI024 - as shutil has it


def go_on() -> None:
    """Never be cancelled."""


def of(findings: Iterable[Finding], title: str) -> list[Finding]:
    return [finding for finding in findings if finding.title == title]


def level_of(findings: Iterable[Finding], title: str) -> Level:
    (finding,) = of(findings, title)
    return finding.level


class Versions:
    """What the package register would say."""

    def __init__(self, **differing: str | None) -> None:
        self._differing = differing
        self._true = metadata.version

    def __call__(self, name: str) -> str:
        version = self._differing.get(name.replace("-", "_"), "x")
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return self._true(name) if version == "x" else version


def test_the_system_is_told() -> None:
    findings = list(system_findings())
    assert [finding.title for finding in findings] == ["System", "Python", "Clock", "Timer"]
    assert ".".join(map(str, sys.version_info[:3])) in findings[1].found


def test_a_clock_without_battery_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime(2000, 1, 1, tzinfo=tz)

    monkeypatch.setattr("nhem_qt.doctor.system.dt.datetime", Clock)
    assert level_of(system_findings(), "Clock") is Level.PROBLEM


def test_a_lazy_timer_is_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    nap = time.sleep
    monkeypatch.setattr(time, "sleep", lambda _seconds: nap(0.0156))
    assert level_of(system_findings(), "Timer") is Level.NOTICE


def test_all_libraries_that_the_program_requires_are_told_with_their_versions() -> None:
    (finding,) = of(library_findings(), "Libraries")
    for name in ("pyside6-essentials", "pyqtgraph", "numpy", "mss", "pillow", "pydantic", "platformdirs"):
        assert f"{name} {metadata.version(name)}" in finding.found
    assert "pytest" not in finding.found


def test_without_the_video_extra_all_else_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", Versions(av=None))
    (finding,) = of(library_findings(), "Videos")
    assert (finding.level, finding.prevents_monitoring) == (Level.NOTICE, False)
    assert "nhem-qt[video]" in finding.advice


def test_a_missing_library_prevents_monitoring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", Versions(mss=None))
    assert Finding(Level.PROBLEM, "Libraries", "mss is not installed", "pip install nhem-qt", True) in list(  # noqa: FBT003
        library_findings()
    )


@pytest.mark.parametrize(
    ("qt", "python", "is_bad"),
    [
        ("6.12.0", (3, 11), True),
        ("6.12.3", (3, 11), True),
        ("6.12.0", (3, 12), False),
        ("6.11.3", (3, 11), False),
    ],
)
def test_libraries_that_abort_together_are_named(
    monkeypatch: pytest.MonkeyPatch, qt: str, python: tuple[int, int], *, is_bad: bool
) -> None:
    monkeypatch.setattr(metadata, "version", Versions(pyside6_essentials=qt))
    monkeypatch.setattr(sys, "version_info", (*python, 7))
    problems = [finding for finding in library_findings() if finding.prevents_monitoring]
    assert [f"PySide6 {qt} with Python 3.11 aborts" in finding.found for finding in problems] == [True] * is_bad


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"DISPLAY": ""}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True),
    ],
)
def test_a_display_is_what_the_environment_says(environment: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    assert has_display(environment) is expected


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DISPLAY": ":7654"}, "X11 session (DISPLAY=:7654)"),
        ({"WAYLAND_DISPLAY": "wayland-7"}, "Wayland session (WAYLAND_DISPLAY=wayland-7)"),
        (
            {"DISPLAY": ":7654", "XDG_SESSION_TYPE": "wayland", "XDG_CURRENT_DESKTOP": "GNOME"},
            "Wayland session (DISPLAY=:7654, XDG_SESSION_TYPE=wayland, XDG_CURRENT_DESKTOP=GNOME)",
        ),
        ({"QT_QPA_PLATFORM": "offscreen"}, "QT_QPA_PLATFORM=offscreen"),
    ],
)
def test_the_kind_of_session_is_told(
    machine: Callable[..., Machine], bare_environment: dict[str, str], environment: dict[str, str], words: str
) -> None:
    first = next(iter(display_findings(machine(environment=bare_environment | environment), go_on)))
    assert first == Finding(Level.OK, "Display", words)


def test_without_a_display_the_libraries_of_windows_are_tried_all_the_same(machine: Callable[..., Machine]) -> None:
    findings = list(display_findings(machine(), go_on))
    assert level_of(findings, "Display") is Level.PROBLEM
    assert of(findings, "Windows") == [Finding(Level.OK, "Windows", "Qt can be loaded")]


def test_a_display_that_nobody_serves_prevents_windows(
    machine: Callable[..., Machine], bare_environment: dict[str, str]
) -> None:
    findings = list(display_findings(machine(environment=bare_environment | {"DISPLAY": ":7654"}), go_on))
    (windows,) = of(findings, "Windows")
    assert windows.prevents_monitoring
    assert "could not connect to display :7654" in windows.found


def test_a_library_of_the_system_that_windows_lack_is_named(
    machine: Callable[..., Machine], bare_environment: dict[str, str], tmp_path: Path
) -> None:
    package = tmp_path / "lame" / "PySide6"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        'raise ImportError("libEGL.so.1: cannot open shared object file")', encoding="utf-8"
    )
    environment = bare_environment | {"PYTHONPATH": str(package.parent)}
    (windows,) = of(display_findings(machine(environment=environment), go_on), "Windows")
    assert windows.found == "ImportError: libEGL.so.1: cannot open shared object file"
    assert windows.prevents_monitoring


def test_a_screen_that_hangs_does_not_hang_the_doctor(
    machine: Callable[..., Machine],
    bare_environment: dict[str, str],
    silent_display: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nhem_qt.doctor.screens._PATIENCE_S", 2.0)
    hanging = machine(environment=bare_environment | {"DISPLAY": silent_display})
    trials = try_ways(hanging, None, go_on)
    assert [trial.failure for trial in trials[:2]] == ["no answer within 2 s"] * 2
    findings = list(screen_findings(hanging, trials, 45.0))
    assert [finding.prevents_monitoring for finding in of(findings, "Screen")] == [True]


def test_a_trial_is_given_up_when_nobody_wants_it_any_more(bare_environment: dict[str, str]) -> None:
    def stop() -> None:
        raise Cancelled("enough")

    begin_s = time.monotonic()
    with pytest.raises(Cancelled):
        try_out(["-c", "import time; time.sleep(60)"], bare_environment, 30.0, stop)
    assert time.monotonic() - begin_s < 10


def is_alive(number: str) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except OSError:
        return False


def test_a_trial_takes_all_that_it_has_started_with_it(bare_environment: dict[str, str], tmp_path: Path) -> None:
    number = tmp_path / "number"
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(number)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    outcome = try_out(["-c", script], bare_environment, 3.0, go_on)
    assert outcome.failure == "no answer within 3 s"
    # What is killed takes its time to die.
    end_s = time.monotonic() + 10
    while is_alive(number.read_text(encoding="utf-8")):
        assert time.monotonic() < end_s


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("import os; os.abort()", "exit code -6"),
        ("raise ValueError('crooked')", "ValueError: crooked"),
        ("import os, sys; print('the cause\\nand more', file=sys.stderr, flush=True); os.abort()", "the cause"),
    ],
)
def test_a_trial_that_fails_says_why_in_a_line(bare_environment: dict[str, str], script: str, failure: str) -> None:
    assert try_out(["-c", script], bare_environment, 30.0, go_on).failure == failure


def trial(name: str = "mss", small_hz: float = 3000.0, **more: object) -> WayTrial:
    return WayTrial(name, None, (Roi(0, 0, 800, 600),), small_hz, 1000.0, (500, 500), **more)


def test_a_fast_screen_is_fine(machine: Callable[..., Machine]) -> None:
    findings = list(screen_findings(machine(), [trial(), trial("Pillow", 20.0)], 45.0))
    assert {finding.level for finding in findings} == {Level.OK}
    assert of(findings, "Monitors")[0].found == "800x600 px at 0,0"
    assert of(findings, "Screen by mss")[0].found.endswith("this is used")
    assert of(findings, "Screen by Pillow")[0].found.endswith("in reserve")


def test_a_screen_too_slow_for_the_rate_is_a_notice(machine: Callable[..., Machine]) -> None:
    findings = list(screen_findings(machine(), [WayTrial("mss", "black"), trial("grim", 2.1)], 45.0))
    (slow,) = of(findings, "Screen by grim")
    assert slow.level is Level.NOTICE
    assert "2.1 grabs per second" in slow.found
    assert "45 per second are wanted" in slow.advice
    assert level_of(findings, "Screen by mss") is Level.NOTICE


def test_wayland_without_a_program_says_what_to_do(
    machine: Callable[..., Machine], bare_environment: dict[str, str]
) -> None:
    wayland = machine(environment=bare_environment | {"WAYLAND_DISPLAY": "wayland-0"})
    (screen,) = of(screen_findings(wayland, [WayTrial("mss", "no"), WayTrial("Pillow", "no")], 45.0), "Screen")
    assert screen.prevents_monitoring
    assert "Log in to an X11 session, or install gnome-screenshot" in screen.advice


def test_a_missing_permission_prevents_monitoring(machine: Callable[..., Machine]) -> None:
    (finding,) = of(screen_findings(machine(), [trial(sees_windows=False)], 45.0), "Permission")
    assert (finding.found, finding.prevents_monitoring) == (NO_PERMISSION, True)


def test_folders_that_can_be_written_to_are_fine(machine: Callable[..., Machine]) -> None:
    findings = list(folder_findings(machine(), 45.0))
    assert [finding.level for finding in findings] == [Level.OK] * 4
    assert "made when it is needed" in of(findings, "Log folder")[0].found


@pytest.mark.parametrize("deep", [False, True])
def test_a_folder_that_cannot_be_written_to_is_a_problem(
    machine: Callable[..., Machine], tmp_path: Path, *, deep: bool
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("", encoding="utf-8")
    (finding,) = of(
        folder_findings(machine(data_folder=blocked / "deep" if deep else blocked), 45.0), "Sessions folder"
    )
    assert (finding.level, finding.prevents_monitoring) == (Level.PROBLEM, False)
    assert "--data-dir" in finding.advice


@pytest.mark.parametrize(
    ("free", "level", "words"),
    [
        (500e9, Level.OK, "days at 45 Hz"),
        (2.6e9, Level.OK, "2.6 GB are free for sessions, about 20 hours"),
        (0.8e9, Level.NOTICE, "800 MB are free for sessions, about 6.2 hours"),
        (0.08e9, Level.PROBLEM, "about 0.6 hours"),
    ],
)
def test_the_room_on_the_disk_is_told_in_hours(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch, free: float, level: Level, words: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: DISK(1e12, 0, free))
    (finding,) = of(folder_findings(machine(), 45.0), "Disk")
    assert finding.level is level
    assert words in finding.found


def test_what_a_sample_takes_is_measured_by_kept_sessions(
    kept_demo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert bytes_per_sample(tmp_path / "none") == BYTES_PER_SAMPLE
    assert bytes_per_sample(kept_demo.parent) == BYTES_PER_SAMPLE  # too short to count
    monkeypatch.setattr("nhem_qt.doctor.folders._FEWEST_SAMPLES", 100)
    with KeptSession(kept_demo) as kept:
        count = kept.sample_count
    assert bytes_per_sample(kept_demo.parent) == kept_demo.stat().st_size / count
    assert 0.5 < bytes_per_sample(kept_demo.parent) / BYTES_PER_SAMPLE < 2
    (kept_demo.parent / "z-broken.sqlite").write_bytes(b"nonsense" * 100)
    assert bytes_per_sample(kept_demo.parent) == kept_demo.stat().st_size / count


def test_no_sessions_are_fine(tmp_path: Path) -> None:
    assert [finding.level for finding in session_findings(tmp_path / "none", go_on)] == [Level.OK]


def test_whole_sessions_are_fine_and_not_touched(kept_demo: Path) -> None:
    before = kept_demo.stat()
    (finding,) = session_findings(kept_demo.parent, go_on)
    assert finding == Finding(Level.OK, "Sessions", "all 1 are whole")
    assert (kept_demo.stat().st_mtime_ns, list(kept_demo.parent.iterdir())) == (before.st_mtime_ns, [kept_demo])


@pytest.mark.parametrize("place", [0.5, 0.9])
def test_damage_inside_a_session_is_found(kept_demo: Path, place: float) -> None:
    content = bytearray(kept_demo.read_bytes())
    begin = int(len(content) * place) // 4096 * 4096
    content[begin : begin + 8192] = os.urandom(8192)
    kept_demo.write_bytes(content)
    _, finding = session_findings(kept_demo.parent, go_on)
    assert finding.level is Level.PROBLEM
    assert finding.found.startswith(f"{kept_demo.stem} is damaged")


def test_a_session_too_large_to_be_checked_in_time_is_not_called_whole(
    kept_demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhem_qt.doctor.kept._PATIENCE_S", -1.0)
    monkeypatch.setattr("nhem_qt.doctor.kept._STEPS_PER_LOOK", 1)
    (finding,) = session_findings(kept_demo.parent, go_on)
    assert finding.found.startswith(
        f"no damage was found in all 1; {kept_demo.stem} is not checked, for that takes more than"
    )


def test_a_session_that_is_just_recorded_is_left_in_peace_and_not_called_whole(
    kept_demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = dataclasses.replace(summary_of(kept_demo), state=SessionState.RUNNING)
    monkeypatch.setattr("nhem_qt.doctor.kept.summary_of", lambda _path: summary)
    (finding,) = session_findings(kept_demo.parent, go_on)
    assert f"{kept_demo.stem} is not checked, for it is just being recorded" in finding.found


def test_a_session_that_broke_off_is_a_notice(kept_demo: Path) -> None:
    with contextlib.closing(sqlite3.connect(kept_demo)) as connection, connection:
        connection.execute("DELETE FROM session WHERE key = 'ended_at'")
    _, finding = session_findings(kept_demo.parent, go_on)
    assert finding.level is Level.NOTICE
    assert f"{kept_demo.stem} broke off after 20 s" in finding.found


def test_a_file_that_is_no_session_is_found(kept_demo: Path) -> None:
    (kept_demo.parent / "20990101-000000-000-demo.sqlite").write_bytes(b"nonsense" * 1000)
    first, finding = session_findings(kept_demo.parent, go_on)
    assert first.found == "1 complaint about all 2"
    assert "20990101-000000-000-demo is damaged: cannot be read" in finding.found


@pytest.fixture
def config(tmp_path: Path) -> Callable[[object], Path]:
    def written(content: object) -> Path:
        path = tmp_path / "fem_config.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return written


def examined(machine: Machine, *monitors: Roi) -> list[Finding]:
    return list(config_findings(machine, load(machine), monitors))


def test_without_a_file_the_region_is_what_is_missing(machine: Callable[..., Machine]) -> None:
    findings = examined(machine())
    assert [(finding.level, finding.title) for finding in findings] == [
        (Level.OK, "Configuration"),
        (Level.NOTICE, "Region"),
    ]


def test_every_value_that_cannot_be_used_is_a_problem(
    machine: Callable[..., Machine], config: Callable[[object], Path]
) -> None:
    path = config({"data_processing": {"fps": 9999, "buffer_size": "many"}})
    problems = [finding for finding in examined(machine(config_path=path)) if finding.level is Level.PROBLEM]
    assert [finding.found.split(":")[0] for finding in problems] == [
        "data_processing.fps",
        "data_processing.buffer_size",
    ]


@pytest.mark.parametrize("text", ["{", "[]", "\0\0\0"])
def test_a_broken_file_is_a_problem_and_stays_where_it_is(
    machine: Callable[..., Machine], config: Callable[[object], Path], text: str
) -> None:
    path = config(text)
    assert any(finding.level is Level.PROBLEM for finding in examined(machine(config_path=path)))
    assert path.read_text(encoding="utf-8") == text
    assert [file.name for file in path.parent.glob("*.json*")] == [path.name]


def test_a_file_that_is_not_there_is_a_problem(machine: Callable[..., Machine], tmp_path: Path) -> None:
    findings = examined(machine(config_path=tmp_path / "missing.json"))
    assert "missing.json cannot be read" in findings[0].found


def test_the_environment_that_decides_is_named(
    machine: Callable[..., Machine], bare_environment: dict[str, str]
) -> None:
    findings = examined(machine(environment=bare_environment | {"NHEM_FPS": "30"}))
    assert findings[1].found == "the environment decides by NHEM_FPS"


def test_more_pictures_than_measurements_are_a_notice(
    machine: Callable[..., Machine], config: Callable[[object], Path]
) -> None:
    path = config({"data_processing": {"fps": 10}, "roi_capture": {"frame_rate": 25}})
    assert any("25 pictures per second" in finding.found for finding in examined(machine(config_path=path)))


@pytest.mark.parametrize(
    ("x1", "level"), [(100, Level.OK), (700, Level.NOTICE), (2000, Level.PROBLEM)], ids=["on", "partly", "off"]
)
def test_the_region_must_be_on_the_screen(
    machine: Callable[..., Machine], config: Callable[[object], Path], x1: int, level: Level
) -> None:
    region = {"x1": x1, "y1": 10, "x2": x1 + 200, "y2": 210}
    findings = examined(machine(config_path=config({"roi_capture": {"large_roi": region}})), Roi(0, 0, 800, 600))
    assert of(findings, "Region")[0].level is level


def test_a_region_is_not_judged_by_monitors_that_are_not_known(
    machine: Callable[..., Machine], config: Callable[[object], Path]
) -> None:
    region = {"x1": 5000, "y1": 10, "x2": 5200, "y2": 210}
    findings = examined(machine(config_path=config({"roi_capture": {"large_roi": region}})))
    assert of(findings, "Region") == [Finding(Level.OK, "Region", "5000,10,5200,210, dual mode")]


LOG = """\
2026-05-01 10:00:00,000 ERROR nhem_qt.worker: an old error
Fatal Python error: Segmentation fault
2026-05-18 10:00:00,000 INFO nhem_qt.cli: nhem-qt 0.1.0 begins
2026-05-18 10:00:01,000 WARNING nhem_qt.ui.app: The region 1,2,300,400 reaches over the edge
2026-05-18 10:00:02,000 ERROR nhem_qt.ui.unhandled: An error that nobody caught: ValueError: 17 is crooked
Traceback (most recent call last):
  File "x.py", line 3, in y
ValueError: 17 is crooked
2026-05-19 10:00:02,000 ERROR nhem_qt.ui.unhandled: An error that nobody caught: ValueError: 18.5 is crooked
2026-05-19 10:00:03,000 DEBUG nhem_qt.monitor: nothing
"""


def test_what_went_wrong_lately_is_counted_by_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "nhem-qt.log"
    path.write_text(LOG, encoding="utf-8")
    head, first, second = log_findings(path, NOW)
    assert head.found.startswith("2 errors and 1 warning in the last 7 days")
    assert head.level is Level.NOTICE
    assert first.found == "2 times: An error that nobody caught: ValueError: # is crooked"
    assert second.found == "once: The region # reaches over the edge"
    assert (first.level, second.level) == (Level.NOTICE, Level.OK)


def test_faults_while_monitoring_are_counted_by_their_kind(tmp_path: Path) -> None:
    path = tmp_path / "nhem-qt.log"
    line = "2026-05-19 10:00:0{0},000 WARNING nhem_qt.monitor.errors: {1} fault at {0}.5 s: {2}\n"
    faults = [("capture", "it is black"), ("storage", "the disk is full"), ("capture", "it is locked")]
    path.write_text("".join(line.format(second, *fault) for second, fault in enumerate(faults)), encoding="utf-8")
    findings = list(log_findings(path, NOW))
    assert findings[1].found == "faults while monitoring in the last 7 days: 2 of capture, 1 of storage"
    assert findings[1].level is Level.NOTICE


def test_a_crash_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "nhem-qt.log"
    path.write_text(LOG + "Fatal Python error: Segmentation fault\n", encoding="utf-8")
    (crash,) = [finding for finding in log_findings(path, NOW) if finding.level is Level.PROBLEM]
    assert crash.found == "the program crashed once in the last 7 days"


def test_older_files_of_the_log_count_as_well(tmp_path: Path) -> None:
    path = tmp_path / "nhem-qt.log"
    path.with_name("nhem-qt.log.1").write_text(LOG, encoding="utf-8")
    path.write_bytes(b"2026-05-20 11:00:00,000 ERROR nhem_qt.x: \xff\xfe broken text\n")
    head = next(iter(log_findings(path, NOW)))
    assert head.found.startswith("3 errors and 1 warning")


def test_without_a_log_there_is_nothing_to_tell(tmp_path: Path) -> None:
    (finding,) = log_findings(tmp_path / "nhem-qt.log", NOW)
    assert finding.level is Level.OK
