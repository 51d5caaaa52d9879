"""Trying something out in a process of its own: there it may hang or crash."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial printed, and why it failed (None if it did not)."""

    output: str
    failure: str | None


def try_out(
    arguments: Sequence[str], environment: Mapping[str, str], patience_s: float, go_on: Callable[[], None]
) -> Outcome:
    """Run Python with `arguments`, for `patience_s` at most; `go_on` is called meanwhile, and may raise Cancelled."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter with our own modules
        [sys.executable, *arguments],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        return _outcome(process, patience_s, go_on)
    finally:
        _end(process)


def _outcome(process: subprocess.Popen[str], patience_s: float, go_on: Callable[[], None]) -> Outcome:
    end_s = time.monotonic() + patience_s
    while time.monotonic() < end_s:
        go_on()
        with contextlib.suppress(subprocess.TimeoutExpired):
            output, errors = process.communicate(timeout=_LOOK_EVERY_S)
            return Outcome(output, None if process.returncode == 0 else _failure(process.returncode, errors))
    return Outcome("", f"no answer within {patience_s:g} s")


def _end(process: subprocess.Popen[str]) -> None:
    """End a process with all that it has started."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    # What it has started may even so hold the pipes open: nobody waits for that.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=1.0)


def _failure(exit_code: int, errors: str) -> str:
    """Return in one line what the process complained of: an error comes last, before an abort the cause comes first."""
    said = [line.strip() for line in errors.splitlines() if line.strip()]
    if not said:
        return f"exit code {exit_code}"
    return said[-1] if exit_code > 0 else said[0]
