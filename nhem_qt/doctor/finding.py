"""What the doctor finds, and what it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Level(StrEnum):
    """How a finding is to be taken: all well, worth knowing, to be mended."""

    OK = "ok"
    NOTICE = "notice"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing, in one line; `advice` says what to do about it, empty if nothing.

    With `prevents_monitoring` the screen cannot be monitored until it is mended.
    """

    level: Level
    title: str
    found: str
    advice: str = ""
    prevents_monitoring: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """What is examined; without `config_path` the defaults. `bottlenecks` are what a running session complains of."""

    environment: Mapping[str, str]
    config_path: Path | None
    data_folder: Path
    log_file: Path
    bottlenecks: tuple[str, ...] = ()


def counted(count: int, word: str) -> str:
    """Return a count with its word, such as `no errors`, `1 error` or `2 errors`."""
    return f"{count or 'no'} {word}" + ("" if count == 1 else "s")
