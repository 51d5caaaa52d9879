"""The floors of the house: a room imports only from below, and Qt stays upstairs."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nhem_qt

ROOT = Path(__file__).parents[1]
WITH_QT = ("nhem_qt.worker", "nhem_qt.ui", "nhem_qt.__main__")


def modules_without_qt() -> list[str]:
    names = [module.name for module in pkgutil.walk_packages(nhem_qt.__path__, "nhem_qt.")]
    return sorted(name for name in names if not name.startswith(WITH_QT))


def output_of(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_room_imports_only_from_floors_below_and_qt_from_worker_and_ui_only() -> None:
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    told = output_of("-c", lint, "--no-cache")
    assert "A room imports only from floors below KEPT" in told
    assert "Qt lives in worker and ui only KEPT" in told
    assert "2 kept, 0 broken" in told


def test_everything_below_the_worker_and_the_command_line_load_without_qt() -> None:
    modules = modules_without_qt()
    assert {"nhem_qt.cli", "nhem_qt.session.live", "nhem_qt.monitor.monitor", "nhem_qt.capture.screen"} <= set(modules)
    script = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'PySide6', 'shiboken6', 'pyqtgraph'}])\n"
    )
    assert output_of("-c", script, *modules) == "[]\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_the_command_line_answers_without_qt(arguments: list[str]) -> None:
    script = "import sys\nsys.modules['PySide6'] = None\nfrom nhem_qt.cli import main\nmain(sys.argv[1:])\n"
    assert "nhem-qt" in output_of("-c", script, *arguments)


def test_importing_the_command_line_needs_no_pyav() -> None:
    script = "import sys; import nhem_qt.cli; print('av' in sys.modules)"
    assert output_of("-c", script) == "False\n"
