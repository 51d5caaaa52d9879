"""Recordings and curves through the monitor at full speed."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nhem_qt.analysis.curve_file import curve_rate_hz, read_curve
from nhem_qt.capture import VideoSource
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Monitor, PeakJudge, RecordedSchedule, Regions, RoiMode, cut_short
from nhem_qt.session import SessionInfo, make_folder, peak_cells, sample_cells, write_peaks_csv, write_samples_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nhem_qt.config import FemConfig
    from nhem_qt.detection import Peak
    from nhem_qt.geometry import Roi
    from nhem_qt.monitor import Sample


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of every file: the large ROI of a video (None: all of it), the rate of a curve without times."""

    config: FemConfig
    roi: Roi | None = None
    rate_hz: float | None = None
    out: Path | None = None
    progress: Callable[[int], None] = lambda _count: None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in one file."""

    file: Path
    info: SessionInfo
    frames: int
    peaks: tuple[Peak, ...]
    notices: tuple[str, ...]


def analyse(path: Path, request: Request) -> Analysis:
    """Run the detection over a video or, if its name ends so, a .csv; writes the tables where they are asked for.

    Raises CaptureError, CurveError, OffScreenError or ExportError.
    """
    with _opened(path, request) as recording:
        pass_ = _Pass(recording.samples, request.progress)
        if request.out is None:
            deque(pass_, maxlen=0)
        else:
            _write(path.stem, request.out, pass_, recording.info)
        return Analysis(path, recording.info, pass_.count, tuple(pass_.peaks), tuple(recording.notices))


@dataclass(frozen=True, slots=True)
class _Recording:
    """The samples of a file, made as they are asked for."""

    samples: Iterator[Sample]
    info: SessionInfo
    notices: list[str]


@dataclass(slots=True)
class _Pass:
    """Counts the samples that go by and keeps the peaks."""

    samples: Iterator[Sample]
    progress: Callable[[int], None]
    count: int = 0
    peaks: list[Peak] = field(default_factory=list)

    def __iter__(self) -> Iterator[Sample]:
        for sample in self.samples:
            self.count += 1
            if sample.peak is not None:
                self.peaks.append(sample.peak)
            self.progress(self.count)
            yield sample


def _opened(path: Path, request: Request) -> contextlib.AbstractContextManager[_Recording]:
    return _opened_curve(path, request) if path.suffix.lower() == ".csv" else _opened_video(path, request)


@contextlib.contextmanager
def _opened_curve(path: Path, request: Request) -> Iterator[_Recording]:
    measurements = read_curve(path, request.rate_hz)
    rate_hz = curve_rate_hz(measurements)
    judge = PeakJudge(request.config.peak_detection, rate_hz)
    samples = (judge.judge(measurement) for measurement in measurements)
    yield _Recording(_concluded(samples, judge.finish), _describe(path, SourceKind.CSV, "", rate_hz), [])


@contextlib.contextmanager
def _opened_video(path: Path, request: Request) -> Iterator[_Recording]:
    with contextlib.closing(VideoSource(path)) as source:
        wanted = Regions(RoiMode.DUAL, request.roi or source.bounds)
        monitor = Monitor(source, wanted, request.config, source.rate_hz)
        used = monitor.regions.large
        notices = [] if used == wanted.large else [f"ROI {wanted.large} reaches over the edge: {used} is measured"]
        samples = _concluded(_measured(monitor, RecordedSchedule(source), notices), monitor.finish)
        yield _Recording(samples, _describe(path, SourceKind.VIDEO, str(used), source.rate_hz), notices)


def _measured(monitor: Monitor, schedule: RecordedSchedule, notices: list[str]) -> Iterator[Sample]:
    while (tick := schedule.next_tick(0.0)) is not None:
        yield monitor.tick(tick)
    if schedule.frames_missing:
        notices.append(cut_short(schedule.frames_missing))


def _concluded(samples: Iterator[Sample], finish: Callable[[], Sample | None]) -> Iterator[Sample]:
    """Hold the last sample back until the end of the stream is known: it may decide a peak."""
    last = None
    for sample in samples:
        if last is not None:
            yield last
        last = sample
    if last is not None:
        yield finish() or last


def _describe(path: Path, kind: SourceKind, roi: str, rate_hz: float) -> SessionInfo:
    return SessionInfo(path.stem, dt.datetime.now().astimezone(), kind.value, RoiMode.DUAL.value, roi, rate_hz)


def _write(stem: str, folder: Path, samples: _Pass, info: SessionInfo) -> None:
    make_folder(folder)
    write_samples_csv(folder / f"{stem}_samples.csv", (sample_cells(sample) for sample in samples), info)
    write_peaks_csv(folder / f"{stem}_peaks.csv", (peak_cells(peak) for peak in samples.peaks), info)
