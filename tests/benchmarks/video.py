"""What the analysis of a recording costs, as a ratio to only decoding the same file in the same run.

Run it on a quiet machine: `python tests/benchmarks/video.py [VIDEO X1,Y1,X2,Y2]`; without a video, one is made.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import av
import numpy as np

from nhem_qt.analysis import Request, RoiChoice, analyse
from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
RATE_HZ = 25
PICTURE = Roi(0, 0, 1280, 720)
PLAIN, THREADED = "only decode, as PyAV does", "only decode, frames in threads"


_OPTIONS = {"preset": "veryfast", "crf": "23", "x264-params": "sliced-threads=0"}


class Cost(NamedTuple):
    """Least wall and processor time of all rounds, in seconds."""

    wall_s: float
    cpu_s: float


def made_video(path: Path, length_s: float) -> Path:
    """Write a screen with the demo in it, as screen recorders do: H.264, 4:2:0, no slices; returns the path."""
    now_s = 0.0
    source = DemoSource(clock=lambda: now_s)
    screen = np.random.default_rng(1).integers(0, 60, (PICTURE.height, PICTURE.width, 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ, options=_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = PICTURE.width, PICTURE.height, "yuv420p"
        for index in range(round(length_s * RATE_HZ)):
            now_s = index / RATE_HZ
            shown = source.grab(source.bounds).pixels[: PICTURE.height - 20, : PICTURE.width - 20, :3]
            screen[10 : 10 + shown.shape[0], 10 : 10 + shown.shape[1]] = shown
            container.mux(stream.encode(av.VideoFrame.from_ndarray(screen, format="bgr24")))
        container.mux(stream.encode())
    return path


def decode(path: Path, threads: str = "AUTO") -> int:
    """Only decode, by slices as PyAV does by itself or with frames side by side; returns the number of frames."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = threads
        return sum(1 for _ in container.decode(stream))


def costs(works: dict[str, Callable[[], object]]) -> dict[str, Cost]:
    """Do all works in turns, so that a busy moment meets all of them alike."""
    least = dict.fromkeys(works, Cost(float("inf"), float("inf")))
    for _ in range(ROUNDS):
        for name, work in works.items():
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            work()
            cost = Cost(time.perf_counter() - wall_s, time.process_time() - cpu_s)
            least[name] = Cost(*map(min, cost, least[name]))
    return least


def print_costs(path: Path, roi: Roi) -> None:
    """Measure and print."""
    frames = decode(path)
    with tempfile.TemporaryDirectory() as folder:
        config, out = FemConfig(), Path(folder)
        found = costs(
            {
                PLAIN: lambda: decode(path, "SLICE"),
                THREADED: lambda: decode(path),
                "analyse the region": lambda: analyse(path, Request(config, RoiChoice(roi))),
                "the same, with tables": lambda: analyse(path, Request(config, RoiChoice(roi), out=out)),
                "analyse whole pictures": lambda: analyse(path, Request(config)),
            }
        )
    plain, threaded = found[PLAIN], found[THREADED]
    print(f"{frames} frames, region {roi}; ratios to decoding as PyAV does, to frames in threads, and to the cpu time")
    print(f"{'what':32s}{'us a frame':>12s}{'plain':>8s}{'threads':>8s}{'cpu us':>10s}{'cpu':>8s}")
    for name, cost in found.items():
        print(
            f"{name:32s}{1e6 * cost.wall_s / frames:12.0f}{cost.wall_s / plain.wall_s:8.2f}"
            f"{cost.wall_s / threaded.wall_s:8.2f}{1e6 * cost.cpu_s / frames:10.0f}{cost.cpu_s / plain.cpu_s:8.2f}"
        )


def peak_memory_mb(path: Path, roi: Roi) -> float:
    """Return the most memory that a process of its own needs for an analysis with tables."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nhem_qt", "analyze", str(path), "--roi", str(roi), "--out", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def print_memory(folder: Path, roi: Roi) -> None:
    """Print what recordings of different lengths need; children only ever raise the figure, so the short one first."""
    for length_s in (10, 60):
        path = made_video(folder / f"{length_s}.mp4", length_s)
        print(f"memory for {length_s} s: {peak_memory_mb(path, roi):.0f} MB")


def main() -> None:
    """Print all tables."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, PyAV {av.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            print_costs(Path(sys.argv[1]), Roi.parse(sys.argv[2]))
        else:
            print_costs(made_video(Path(folder, "made.mp4"), 40), Roi(300, 150, 900, 600))
        print_memory(Path(folder), Roi(300, 150, 900, 600))


if __name__ == "__main__":
    main()
