"""A process that only looks at the clock: where it comes late, the machine gave nobody its time."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

STEP_S = 0.004
LATE_S = 0.008


class Stall(NamedTuple):
    """From when to when the machine stood still, on the monotonic clock."""

    begin_s: float
    end_s: float


class Bystander:
    """Looks at the clock while other work goes on; its log is written to `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._log: IO[str] = self._path.open("w", encoding="utf-8")
        self._process = subprocess.Popen([sys.executable, __file__], stdout=self._log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def stalls(self) -> list[Stall]:
        """Return when the machine stood still."""
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return [Stall(*map(float, line.split())) for line in lines]


def look_at_the_clock() -> None:
    """Write down every moment that came too late, until ended from outside."""
    due_s = time.monotonic()
    while True:
        due_s += STEP_S
        time.sleep(max(0.0, due_s - time.monotonic()))
        now_s = time.monotonic()
        if now_s - due_s > LATE_S:
            sys.stdout.write(f"{due_s:.6f} {now_s:.6f}\n")
            sys.stdout.flush()
            due_s = now_s


if __name__ == "__main__":
    look_at_the_clock()
