"""What a session takes of memory: dual mode against single mode on the same region, each in a process of its own.

Run it: `python tests/benchmarks/memory.py`
"""

from __future__ import annotations

import multiprocessing
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from nhem_qt.config import FemConfig
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import RegionChoice, RoiMode, Tick
from nhem_qt.session import LiveSession

REGIONS = (Roi(0, 0, 200, 150), Roi(0, 0, 400, 300), Roi(0, 0, 1100, 500), Roi(0, 0, 1920, 1080))
BUDGETS_MB = (20, 100)
RATE_HZ, TICKS = 45, 2000
"""All pictures that are held have come by then."""

BYTES_PER_MB = 1_000_000


class Memory(NamedTuple):
    """What a session has taken of the system, and what its pictures need of that, in MB."""

    taken: float
    pictures: float


class Screen:
    """A live source of noise."""

    kind = SourceKind.SCREEN
    bounds = Roi(0, 0, 1920, 1080)

    def __init__(self) -> None:
        self.now_s = 0.0
        self._pixels = np.random.default_rng(1).integers(0, 256, (1080, 1920, 4), np.uint8)

    def grab(self, roi: Roi) -> Frame:
        """Return a part of it."""
        return Frame(self._pixels[roi.y1 : roi.y2, roi.x1 : roi.x2], roi, self.now_s, self.kind)

    def close(self) -> None:
        """Nothing is open."""


def memory_of(mode: RoiMode, roi: Roi, budget_mb: float) -> Memory:
    """Run a session until it holds all pictures, and read what it took."""
    source, process = Screen(), psutil.Process()
    config = FemConfig.model_validate({"data_processing": {"memory_budget_mb": budget_mb}})
    before = process.memory_info().rss
    with tempfile.TemporaryDirectory() as folder:
        session = LiveSession(source, RegionChoice(mode, roi), config, Path(folder))
        for index in range(TICKS):
            source.now_s = session.now_s
            session.take(Tick(index, index / RATE_HZ))
        taken = process.memory_info().rss - before
        session.close()
    return Memory(taken / BYTES_PER_MB, session.monitor.picture_bytes / BYTES_PER_MB)


def print_table() -> None:
    """Measure and print."""
    print(f"{'':20s}{'single, MB':>20s}{'dual, MB':>20s}")
    print(f"{'region':>12s}{'budget':>8s}" + f"{'taken':>10s}{'pictures':>10s}" * 2 + f"{'dual / single':>16s}")
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for budget_mb in BUDGETS_MB:
            for roi in REGIONS:
                modes = (RoiMode.SINGLE, RoiMode.DUAL)
                single, dual = (pool.apply(memory_of, (mode, roi, budget_mb)) for mode in modes)
                figures = "".join(f"{value:10.1f}" for value in (*single, *dual))
                print(f"{f'{roi.width}x{roi.height}':>12s}{budget_mb:8d}{figures}{dual.taken / single.taken:16.2f}")


if __name__ == "__main__":
    print_table()
