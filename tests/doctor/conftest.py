"""A machine to be examined, and a display that hangs."""

from __future__ import annotations

import dataclasses
import os
import socket
from typing import TYPE_CHECKING

import pytest

from nhem_qt.doctor import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
    for number in range(40, 90):
        with socket.socket() as server:
            try:
                server.bind(("127.0.0.1", 6000 + number))
            except OSError:
                continue
            server.listen()
            yield f"127.0.0.1:{number}"
            return
    pytest.skip("no free port for a display")
