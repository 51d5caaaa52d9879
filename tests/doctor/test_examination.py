"""`nhem-qt doctor`, as a user meets it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nhem_qt.doctor import Finding, Level, as_json, as_text, can_monitor, examine, finding_text, verdict_text
from nhem_qt.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from nhem_qt.doctor import Machine

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the environments are those of Linux")

OK = Finding(Level.OK, "Python", "3.11")
NOTICE = Finding(Level.NOTICE, "Region", "none is selected yet", "Select one")
PROBLEM = Finding(Level.PROBLEM, "Screen", "black", "Look elsewhere", prevents_monitoring=True)


def doctor(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command; whatever it meets, nobody sees a traceback."""
    command = [sys.executable, "-m", "nhem_qt", "doctor", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr == ""
    return done


def lines(done: subprocess.CompletedProcess[str], title: str) -> list[str]:
    return [line for line in done.stdout.splitlines() if line[9:].startswith(f"{title} ")]


def test_without_a_display_it_fails_but_lists_everything(bare_environment: dict[str, str], tmp_path: Path) -> None:
    done = doctor(bare_environment, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 1
    for title in (
        "System",
        "Python",
        "Libraries",
        "Configuration",
        "Sessions folder",
        "Log folder",
        "Disk",
        "Sessions",
    ):
        assert lines(done, title), title
    (display,) = lines(done, "Display")
    assert display.startswith("problem")
    assert done.stdout.splitlines()[-1].startswith("The screen cannot be monitored: ")


def test_with_a_display_it_tells_monitors_and_speed(
    virtual_display: Callable[..., AbstractContextManager[dict[str, str]]],
    bare_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    with virtual_display("800x600") as display:
        environment = bare_environment | {"DISPLAY": display["DISPLAY"]}
        done = doctor(environment, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 0
    assert "800x600 px at 0,0" in lines(done, "Monitors")[0]
    assert "grabs per second" in lines(done, "Screen by mss")[0]
    assert "Qt shows them by xcb" in lines(done, "Windows")[0]
    assert done.stdout.splitlines()[-1].startswith("The screen can be monitored: no problems")


def test_wayland_alone_says_what_to_install(bare_environment: dict[str, str], tmp_path: Path) -> None:
    environment = bare_environment | {"WAYLAND_DISPLAY": "wayland-0", "PATH": str(tmp_path)}
    done = doctor(environment, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "Log in to an X11 session, or install gnome-screenshot" in done.stdout


def test_wayland_with_a_slow_program_works_and_says_how_fast(
    virtual_display: Callable[..., AbstractContextManager[dict[str, str]]],
    bare_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    still, programs = tmp_path / "still.png", tmp_path / "bin"
    programs.mkdir()
    with virtual_display("320x200") as display:
        script = "from PIL import Image; import sys; Image.new('RGB', (320, 200), (9, 9, 9)).save(sys.argv[1])"
        subprocess.run([sys.executable, "-c", script, str(still)], check=True)
        for tool in ("sh", "cp", "sleep"):
            (programs / tool).symlink_to(shutil.which(tool))
        grim = programs / "grim"
        grim.write_text(f'#!/bin/sh\nsleep 0.2\ncp {still} "$1"\n', encoding="utf-8")
        grim.chmod(0o755)
        environment = bare_environment | {
            "DISPLAY": display["DISPLAY"],
            "XDG_SESSION_TYPE": "wayland",
            "PATH": str(programs),
        }
        done = doctor(environment, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 0
    assert "sees nothing but black" in lines(done, "Screen by mss")[0]
    (slow,) = lines(done, "Screen by grim")
    assert slow.startswith("notice")
    assert float(slow.split("grim")[1].split()[0]) < 5
    assert "45 per second are wanted" in done.stdout


def test_folders_that_cannot_be_used_are_told(bare_environment: dict[str, str], tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("", encoding="utf-8")
    done = doctor(bare_environment, "--data-dir", str(blocked))
    assert done.returncode == 1
    assert lines(done, "Sessions folder")[0].startswith("problem")


@pytest.mark.parametrize("content", ["{", '{"data_processing": {"fps": "fast"}}', None])
def test_a_configuration_that_cannot_be_used_is_told_and_left_alone(
    bare_environment: dict[str, str], tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "fem_config.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    done = doctor(bare_environment, "--config", str(path), "--data-dir", str(tmp_path / "data"))
    assert any(line.startswith("problem") for line in lines(done, "Configuration"))
    assert path.exists() == (content is not None)
    assert content is None or path.read_text(encoding="utf-8") == content


def test_a_damaged_session_is_told(bare_environment: dict[str, str], kept_demo: Path) -> None:
    with kept_demo.open("r+b") as file:
        file.seek(kept_demo.stat().st_size // 8192 * 4096)
        file.write(b"\xff" * 8192)
    done = doctor(bare_environment, "--data-dir", str(kept_demo.parent))
    assert f"{kept_demo.stem} is damaged" in done.stdout


def test_nothing_is_made_or_changed_and_no_secret_is_told(bare_environment: dict[str, str], tmp_path: Path) -> None:
    home = Path(bare_environment["HOME"])
    home.mkdir()
    config = home / "fem_config.json"
    content = {"security": {"password": "hush-hush"}, "roi_capture": {"mode": "dual"}}
    config.write_text(json.dumps(content), encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    done = doctor(bare_environment, "--config", str(config), "--data-dir", str(home / "data"))
    assert "hush" not in done.stdout
    assert str(home) not in done.stdout
    assert "~/data" in done.stdout
    assert sorted(tmp_path.rglob("*")) == before


def test_json_is_one_object_with_the_same(bare_environment: dict[str, str], tmp_path: Path) -> None:
    done = doctor(bare_environment, "--json", "--data-dir", str(tmp_path / "data"))
    told = json.loads(done.stdout)
    assert (done.returncode, told["can_monitor"]) == (1, False)
    assert {"level", "title", "found", "advice", "prevents_monitoring"} == set(told["findings"][0])


def test_the_bottlenecks_of_a_running_session_are_told(machine: Callable[..., Machine]) -> None:
    findings = list(examine(machine(bottlenecks=("One tick takes 30 ms, which is too long for 45 Hz",))))
    assert findings[-1] == Finding(Level.NOTICE, "Monitoring", "One tick takes 30 ms, which is too long for 45 Hz")


@pytest.mark.parametrize(
    ("home", "found", "told"),
    [
        ("/home/al", "/home/al", "~"),
        ("/home/al", "/home/al/data: no room in '/home/al' and /home/al.", "~/data: no room in '~' and ~."),
        ("/home/al/", "/home/al/data", "~/data"),
        ("/home/al", "/home/alice/data", "/home/alice/data"),
        ("/home/al", "/home/al-bert, /home/al.old and /mnt/home/al", "/home/al-bert, /home/al.old and /mnt/home/al"),
        ("/", "/data/nhem.log, in /", "/data/nhem.log, in /"),
    ],
)
def test_the_home_folder_is_not_told_and_no_other_path_is_changed(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch, home: str, found: str, told: str
) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.setattr(
        "nhem_qt.doctor.examination._parts", lambda *_: [("Disk", lambda: [Finding(Level.OK, "Disk", found)])]
    )
    assert [finding.found for finding in examine(machine())] == [told]


def test_what_goes_wrong_in_one_part_spoils_no_other(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError("one\ntwo")

    monkeypatch.setattr("nhem_qt.doctor.examination.session_findings", explode)
    findings = list(examine(machine()))
    (finding,) = [finding for finding in findings if finding.title == "Sessions"]
    assert (finding.level, finding.prevents_monitoring) == (Level.PROBLEM, False)
    assert "ZeroDivisionError" in finding.found
    assert findings[-1].title == "Log"


def test_an_examination_can_be_cancelled(machine: Callable[..., Machine]) -> None:
    calls = []

    def enough() -> None:
        calls.append(1)
        if len(calls) > 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        list(examine(machine(), enough))


def test_a_finding_is_a_line_with_its_advice_indented_under_it() -> None:
    assert finding_text(OK) == "ok       Python                    3.11"
    assert finding_text(NOTICE).splitlines() == [
        "notice   Region                    none is selected yet",
        "                                   -> Select one",
    ]


def test_the_verdict_says_whether_the_screen_can_be_monitored() -> None:
    assert can_monitor([OK, NOTICE])
    assert verdict_text([OK, NOTICE]) == "The screen can be monitored: no problems, 1 notice"
    assert not can_monitor([OK, PROBLEM])
    assert verdict_text([PROBLEM, OK, PROBLEM]) == "The screen cannot be monitored: 2 problems, no notices"


def test_the_report_holds_all_findings() -> None:
    assert len(as_text([OK, NOTICE, PROBLEM]).splitlines()) == 7
    assert json.loads(as_json([OK]))["findings"][0]["title"] == "Python"
