"""A machine to be examined, and a display that hangs."""

from __future__ import annotations

import dataclasses
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nhem_qt.doctor import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SESSION_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP")


@pytest.fixture
def bare_environment(tmp_path: Path) -> dict[str, str]:
    """The environment without any display, and with a home folder of the test's own."""
    kept = {name: value for name, value in os.environ.items() if name not in SESSION_VARIABLES}
    home = {name: str(tmp_path / "home" / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    return kept | home | {"HOME": str(tmp_path / "home")}


@pytest.fixture
def machine(tmp_path: Path, bare_environment: dict[str, str]) -> Callable[..., Machine]:
    """Describes machines without a display and with folders of the test's own; what is given is different."""
    data = tmp_path / "data"
    data.mkdir()

    def described(**different: object) -> Machine:
        plain = Machine(bare_environment, None, data, tmp_path / "log" / "nhem-qt.log")
        return dataclasses.replace(plain, **different)

    return described


@pytest.fixture
def silent_display() -> Iterator[str]:
    """A display that takes connections and never says a word, as a stopped X server does."""
    # A socket of the file system: a machine without any network has no address either.
    folder = Path("/tmp/.X11-unix")  # noqa: S108 - where the X Window System looks for it
    try:
        folder.mkdir(mode=0o1777, exist_ok=True)
        path = next(path for path in (folder / f"X{number}" for number in range(340, 390)) if not path.exists())
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            yield f":{path.name.removeprefix('X')}"
            path.unlink()
    except (OSError, StopIteration) as error:
        pytest.skip(f"no room for a display ({error})")
