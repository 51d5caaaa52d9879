"""What ships with the program is found in a checkout and in a wheel."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nhem_qt.shipped import shipped_path

ROOT = Path(__file__).parents[1]
SHIPPED = ["fem_config.json", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "resources").iterdir())]

_WHERE = """
import json, site, sys
site.addsitedir(sys.argv[1])
sys.path.insert(0, sys.path.pop(sys.path.index(sys.argv[1])))
import nhem_qt
from nhem_qt.config import FemConfig, load_config
from nhem_qt.shipped import shipped_path

loaded = load_config(shipped_path("fem_config.json"), {}, {})
print(json.dumps({
    "package": nhem_qt.__file__,
    "paths": [str(shipped_path(name)) for name in sys.argv[2:]],
    "found": [shipped_path(name).is_file() for name in sys.argv[2:]],
    "config": loaded.config == FemConfig() and not loaded.problems,
}))
"""


def built(kind: str, folder: Path) -> Path:
    """Build a wheel of the checkout without network and unpack it."""
    script = f"import sys, hatchling.build as build; print(build.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    unpacked = folder / kind
    with zipfile.ZipFile(folder / done.stdout.split()[-1]) as wheel:
        wheel.extractall(unpacked)
    return unpacked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("built"))


def seen_from(folder: Path, working_folder: Path) -> dict[str, object]:
    """Ask a fresh interpreter that sees `folder` as its site folder, and not the checkout."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _WHERE, str(folder), *SHIPPED],
        cwd=working_folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, object] = json.loads(done.stdout)
    return seen


def test_the_checkout_has_what_ships() -> None:
    assert {"fem_config.json", "resources/style.qss", "resources/icon.svg"} <= set(SHIPPED)
    assert [shipped_path(name) for name in SHIPPED] == [ROOT / name for name in SHIPPED]
    assert all(shipped_path(name).is_file() for name in SHIPPED)


def test_a_built_wheel_finds_what_ships_inside_itself(wheel: Path, tmp_path: Path) -> None:
    seen = seen_from(wheel, tmp_path)
    assert seen["package"] == str(wheel / "nhem_qt" / "__init__.py")
    assert seen["paths"] == [str(wheel / "nhem_qt" / "_shipped" / name) for name in SHIPPED]
    assert seen["found"] == [True] * len(SHIPPED)
    assert seen["config"] is True


def test_what_ships_in_a_wheel_is_what_stands_in_the_checkout(wheel: Path) -> None:
    for name in SHIPPED:
        assert (wheel / "nhem_qt" / "_shipped" / name).read_bytes() == (ROOT / name).read_bytes()


def test_an_editable_install_finds_what_ships_in_the_checkout(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    seen = seen_from(built("editable", tmp_path_factory.mktemp("built")), tmp_path)
    assert seen["package"] == str(ROOT / "nhem_qt" / "__init__.py")
    assert seen["paths"] == [str(ROOT / name) for name in SHIPPED]
    assert seen["found"] == [True] * len(SHIPPED)


def test_a_wheel_holds_every_module_and_nothing_but_the_program(wheel: Path) -> None:
    def modules(folder: Path) -> set[str]:
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}

    assert modules(wheel / "nhem_qt") == modules(ROOT / "nhem_qt")
    names = {path.name for path in wheel.iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"nhem_qt"}


def test_a_wheel_starts_the_program_by_its_name(wheel: Path) -> None:
    (entry_points,) = wheel.glob("*.dist-info/entry_points.txt")
    assert "nhem-qt = nhem_qt.__main__:main" in entry_points.read_text(encoding="utf-8")


def test_the_module_starts_the_program(wheel: Path, tmp_path: Path) -> None:
    paths = os.pathsep.join([str(wheel), *site.getsitepackages()])
    done = subprocess.run(
        [sys.executable, "-m", "nhem_qt", "--version"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("nhem-qt ")
