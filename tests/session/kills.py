"""Records sessions of the demo at 120 Hz and kills the recorder at random moments; prints what each kill cost.

Arguments: the folder for the sessions, and how many kills. One line a kill: the ticks lost, the answer of SQLite's
check, and whether the file was whole up to there.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.monitor import RegionChoice
from nhem_qt.session import KeptSession, LiveSession, session_paths

RATE_HZ = 120.0


def record(folder: Path, told: int) -> None:
    """Measure until killed; every frame index is told as soon as it is measured."""
    config = FemConfig.model_validate({"data_processing": {"fps": RATE_HZ}})
    session = LiveSession(DemoSource(), RegionChoice(), config, folder)
    while (tick := session.schedule.next_tick(session.now_s)) is not None:
        time.sleep(max(0.0, tick.due_s - session.now_s))
        session.take(tick)
        os.write(told, tick.index.to_bytes(8))


def killed(folder: Path) -> int:
    """Let a child record, kill it at a random moment, and return the last frame index that it measured."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        record(folder, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        last = told.read(8)  # it has begun
        time.sleep(random.uniform(0.0, 2.0))  # noqa: S311 - the moment is what is tried
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        last = (last + told.read())[-8:]
    return int.from_bytes(last)


def report(path: Path, last: int) -> str:
    """Tell what is left of a session whose last frame was `last`."""
    with KeptSession(path) as kept:
        samples = list(kept.samples())
        indices = [sample.measurement.frame_index for sample in samples]
        whole = indices == sorted(set(indices)) and len(indices) == kept.sample_count and not kept.finished
    with closing(sqlite3.connect(path)) as connection:
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
    return f"{last - (indices[-1] if indices else -1)} {answer} {whole}"


def main(folder: Path, kills: int) -> None:
    """Kill as often as is asked for, each time another session."""
    seen: set[Path] = set()
    for _ in range(kills):
        last = killed(folder)
        (path,) = set(session_paths(folder)) - seen
        seen.add(path)
        print(report(path, last))  # noqa: T201 - this is a program


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
