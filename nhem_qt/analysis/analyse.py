"""Recordings and curves through the monitor at full speed."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

from nhem_qt.analysis.curve_file import CURVE_SUFFIXES, open_curve
from nhem_qt.analysis.position import Position
from nhem_qt.analysis.roi_choice import RoiChoice
from nhem_qt.capture import VideoSource, recorded_at
from nhem_qt.errors import NhemError
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Monitor, PeakJudge, RecordedSchedule, Regions, RoiMode, cut_short
from nhem_qt.session import SessionInfo, peak_cells, sample_cells, write_peaks_csv, write_samples_csv
from nhem_qt.session.staging import staged

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nhem_qt.config import FemConfig
    from nhem_qt.detection import Peak
    from nhem_qt.geometry import Roi
    from nhem_qt.monitor import Sample

SAMPLES_SUFFIX = "_samples.csv"
PEAKS_SUFFIX = "_peaks.csv"

_SAMPLES_PER_PROGRESS = 32
_HARDLY_EVER_HZ = 1e-6


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of every file: the large ROI of a video, the rate of a curve without times, where tables go.

    `progress` is called again and again; what it raises ends the work.
    """

    config: FemConfig
    rois: RoiChoice = field(default_factory=RoiChoice)
    rate_hz: float | None = None
    out: Path | None = None
    progress: Callable[[Position], None] = lambda _position: None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in one file; `length_s` is the time from its first sample to the last.

    `flaws` say in what the file is broken, so that peaks may be missing or wrong, `notices` what else is worth telling.
    """

    file: Path
    info: SessionInfo
    frames: int
    length_s: float
    peaks: tuple[Peak, ...]
    notices: tuple[str, ...]
    flaws: tuple[str, ...]

    @property
    def green(self) -> int:
        """How many emissions left a HEM."""
        return sum(peak.color == "green" for peak in self.peaks)

    @property
    def red(self) -> int:
        """How many emissions left none."""
        return len(self.peaks) - self.green

    @property
    def mean_difference(self) -> float | None:
        """Mean difference of all emissions, gray; None if there are none."""
        return fmean(peak.difference for peak in self.peaks) if self.peaks else None


def analyse(path: Path, request: Request) -> Analysis:
    """Run the detection over a video or, if its name says so, a curve; writes the tables where they are asked for.

    Both tables are written at the end, or none. Raises CaptureError, CurveError, NoRoiError, OffScreenError or
    ExportError.
    """
    with _opened(path, request) as recording:
        pass_ = _Pass(path, recording, request.progress)
        if request.out is None:
            deque(pass_, maxlen=0)
        else:
            _write(path.stem, request.out, pass_)
        return pass_.analysis()


@dataclass(frozen=True, slots=True)
class _Recording:
    """The samples of a file, made as they are asked for; notices and flaws are whole after the last one."""

    samples: Iterator[Sample]
    info: SessionInfo
    length_s: float | None
    notices: list[str] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Pass:
    """Counts the samples that go by and keeps the peaks."""

    file: Path
    recording: _Recording
    progress: Callable[[Position], None]
    count: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    peaks: list[Peak] = field(default_factory=list)

    def __iter__(self) -> Iterator[Sample]:
        begun_s = time.perf_counter()
        for sample in self.recording.samples:
            self._note(sample)
            if self.count % _SAMPLES_PER_PROGRESS == 0:
                self.progress(self._position(time.perf_counter() - begun_s))
            yield sample

    def analysis(self) -> Analysis:
        """Return what was found, once all went by."""
        recording = self.recording
        return Analysis(
            file=self.file,
            info=recording.info,
            frames=self.count,
            length_s=self.last_s - self.first_s,
            peaks=tuple(self.peaks),
            notices=tuple(recording.notices),
            flaws=tuple(recording.flaws),
        )

    def _note(self, sample: Sample) -> None:
        self.last_s = sample.measurement.t_s
        if self.count == 0:
            self.first_s = self.last_s
        self.count += 1
        if sample.peak is not None:
            self.peaks.append(sample.peak)

    def _position(self, elapsed_s: float) -> Position:
        return Position(self.file, self.count, self.last_s - self.first_s, self.recording.length_s, elapsed_s)


def _opened(path: Path, request: Request) -> contextlib.AbstractContextManager[_Recording]:
    return _opened_curve(path, request) if path.suffix.lower() in CURVE_SUFFIXES else _opened_video(path, request)


@contextlib.contextmanager
def _opened_curve(path: Path, request: Request) -> Iterator[_Recording]:
    with open_curve(path, request.rate_hz) as curve:
        judge = PeakJudge(request.config.peak_detection, curve.rate_hz)
        samples = _concluded((judge.judge(measurement) for measurement in curve.measurements), judge.finish)
        info = _described(path, SourceKind.CSV, recorded_at(path, curve.began_at), "", curve.rate_hz)
        yield _Recording(samples, info, None)


@contextlib.contextmanager
def _opened_video(path: Path, request: Request) -> Iterator[_Recording]:
    with contextlib.closing(VideoSource(path)) as source:
        wanted = _region(path, source.bounds, request.rois)
        monitor = Monitor(source, Regions(RoiMode.DUAL, wanted), request.config, source.rate_hz)
        if request.out is None:
            # Its gray value would be in the table only, and costs as much as all else.
            monitor.set_large_roi_frame_rate(_HARDLY_EVER_HZ)
        used = monitor.regions.large
        notices = [] if used == wanted else [f"ROI {wanted} reaches over the edge: {used} is measured"]
        flaws: list[str] = []
        samples = _concluded(_measured(monitor, source, notices, flaws), monitor.finish)
        info = _described(path, SourceKind.VIDEO, source.recorded_at, str(used), source.rate_hz)
        yield _Recording(samples, info, source.length_s, notices, flaws)


def _region(path: Path, bounds: Roi, rois: RoiChoice) -> Roi:
    """Return the large ROI for pictures as large as `bounds`, or say in which file there is none."""
    try:
        wanted = rois.roi_for(bounds)
        Regions(RoiMode.DUAL, wanted).fitted(bounds)
    except NhemError as error:
        raise type(error)(f"{path.name}: {error}") from error
    return wanted


def _measured(monitor: Monitor, source: VideoSource, notices: list[str], flaws: list[str]) -> Iterator[Sample]:
    schedule = RecordedSchedule(source)
    while (tick := schedule.next_tick(0.0)) is not None:
        sample = monitor.tick(tick)
        notices.extend(f"At {sample.measurement.t_s:.1f} s: {text}" for text in monitor.take_news().notices)
        yield sample
    if source.frames_missing:
        flaws.append(cut_short(source.frames_missing))
    if source.damage:
        flaws.append(source.damage)


def _concluded(samples: Iterator[Sample], finish: Callable[[], Sample | None]) -> Iterator[Sample]:
    """Hold the last sample back until the end of the stream is known: it may decide a peak."""
    last = None
    for sample in samples:
        if last is not None:
            yield last
        last = sample
    if last is not None:
        yield finish() or last


def _described(path: Path, kind: SourceKind, began_at: dt.datetime, roi: str, rate_hz: float) -> SessionInfo:
    return SessionInfo(path.stem, began_at, kind.value, RoiMode.DUAL.value, roi, rate_hz)


def _write(stem: str, folder: Path, samples: _Pass) -> None:
    names = f"{stem}{SAMPLES_SUFFIX}", f"{stem}{PEAKS_SUFFIX}"
    info = samples.recording.info
    with staged(folder, names) as stage:
        write_samples_csv(stage / names[0], (sample_cells(sample) for sample in samples), info)
        write_peaks_csv(stage / names[1], (peak_cells(peak) for peak in samples.peaks), info)
