"""How well it goes: figures over the last 100 frames and the session, and what they mean in plain words."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from nhem_qt.monitor.fallback import Fallback
from nhem_qt.monitor.load import LoadLevel, Saving
from nhem_qt.monitor.picture_faults import PictureNotice
from nhem_qt.monitor.sample import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nhem_qt.monitor.sample import Measurement

_FRAMES = 100
_PICTURES = 11
_ON_TIME_S = 0.1
# No machine is so slow: a tick that takes so much longer than its time hangs.
_HANG_S = 1.0
_PERCENTILES = (50, 95, 99)

_MOST_OF, _NEARLY_ALL = 0.8, 0.99
_SOME, _HALF = 0.05, 0.5
_POOR_QUALITY = 0.3


class HealthLevel(StrEnum):
    """The traffic light."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


_Finding: TypeAlias = "tuple[HealthLevel, str]"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How well a session goes. Rates and shares run from 0 to 1, latencies are in ms, memory is in MB.

    Of the last 100 frames: `synchronisation_rate`, those measured within 100 ms of when they were due, `success_rate`,
    `rate_hz` measured, and latencies of the measured ones, from the begin of a capture to the verdict. Of the session:
    `recovery_rate`, outages that are over, ticks `dropped` (too late) and `left_out` (on purpose), `failures` by kind.
    `picture_rate_hz` is that of the last pictures of the large ROI, 0 when two were due since and did not come.
    `quality` is the score of the newest small ROI that came with a large one, None for the sine; `notice` is what is
    wrong with the picture. `words` say why `level` is what it is.
    """

    state: str
    level: HealthLevel
    words: tuple[str, ...]
    synchronisation_rate: float
    success_rate: float
    recovery_rate: float
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    rate_hz: float
    picture_rate_hz: float
    dropped: int
    left_out: int
    failures: Mapping[str, int]
    memory_mb: float | None
    cpu_share: float | None
    load: LoadLevel
    fallback: Fallback
    notice: PictureNotice | None
    quality: float | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a monitor cannot know of itself: the schedule, the machine, the disk; `wanted_rate_hz` is configured."""

    wanted_rate_hz: float
    dropped: int = 0
    left_out: int = 0
    saving: Saving = field(default_factory=Saving)
    memory_mb: float | None = None
    cpu_share: float | None = None
    load: LoadLevel = LoadLevel.LOW
    store_failure: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Where a monitor stands: state, fallback, failures by kind, the newest picture fault and quality."""

    state: str
    fallback: Fallback
    failures: Mapping[str, int] = field(default_factory=dict)
    notice: PictureNotice | None = None
    quality: float | None = None


class _Seen(NamedTuple):
    """What is remembered of a frame."""

    frame: int
    t_s: float
    measured: bool
    on_time: bool
    latency_s: float


class _Missing(NamedTuple):
    """Shares of the wanted ticks that were missed: in hangs of the capture, which took `hung_s`, and by being late."""

    hung_s: float
    hung_share: float
    late_share: float


class HealthMeter:
    """Remembers the last 100 frames, and counts the outages of the session."""

    def __init__(self) -> None:
        self._frames: deque[tuple[int, float, bool, bool, float]] = deque(maxlen=_FRAMES)
        self._pictures_s: deque[float] = deque(maxlen=_PICTURES)
        self._outages = 0
        self._is_out = False

    def begin_anew(self) -> None:
        """Forget the last frames: those to come follow a pause, or come at another rate."""
        self._frames.clear()
        self._pictures_s.clear()

    def note(self, measurement: Measurement, late_s: float, latency_s: float) -> None:
        """Note a frame: by how much its capture came after it was due, and how long it took from there."""
        measured = measurement.status is Status.SUCCESS
        if not measured and not self._is_out:
            self._outages += 1
        self._is_out = not measured
        on_time = measured and late_s <= _ON_TIME_S
        if measurement.gray_large is not None:
            self._pictures_s.append(measurement.t_s)
        # Plain tuples, for this is done on every tick.
        self._frames.append((measurement.frame_index, measurement.t_s, measured, on_time, latency_s))

    def report(self, condition: Condition, surroundings: Surroundings) -> HealthReport:
        """Return the figures and what they mean."""
        frames = tuple(map(_Seen._make, tuple(self._frames)))
        p50, p95, p99 = _latencies_ms(frames)
        draft = HealthReport(
            state=condition.state,
            level=HealthLevel.GOOD,
            words=(),
            synchronisation_rate=_share(frame.on_time for frame in frames),
            success_rate=_share(frame.measured for frame in frames),
            recovery_rate=(self._outages - self._is_out) / self._outages if self._outages else 1.0,
            latency_p50_ms=p50,
            latency_p95_ms=p95,
            latency_p99_ms=p99,
            rate_hz=_rate_hz(frames),
            picture_rate_hz=_picture_rate_hz(tuple(self._pictures_s), frames),
            dropped=surroundings.dropped,
            left_out=surroundings.left_out,
            failures=condition.failures,
            memory_mb=surroundings.memory_mb,
            cpu_share=surroundings.cpu_share,
            load=surroundings.load,
            fallback=condition.fallback,
            notice=condition.notice,
            quality=condition.quality,
        )
        return _judged(draft, surroundings, _missing(frames, surroundings))


def _share(facts: Iterator[bool]) -> float:
    """Share of the facts that hold; all, where there is none."""
    values = list(facts)
    return sum(values) / len(values) if values else 1.0


def _latencies_ms(frames: tuple[_Seen, ...]) -> tuple[float, ...]:
    """Percentiles over the frames that were measured: to fail takes another time; 0 where there is none."""
    latencies_ms = [1000 * frame.latency_s for frame in frames if frame.measured]
    if not latencies_ms:
        return (0.0,) * len(_PERCENTILES)
    return tuple(map(float, np.percentile(latencies_ms, _PERCENTILES)))


def _rate_hz(frames: tuple[_Seen, ...]) -> float:
    """Measured frames per second, up to the newest frame: an outage counts from its begin."""
    span_s = frames[-1].t_s - frames[0].t_s if frames else 0.0
    return sum(frame.measured for frame in frames[1:]) / span_s if span_s > 0 else 0.0


def _picture_rate_hz(pictures_s: tuple[float, ...], frames: tuple[_Seen, ...]) -> float:
    """Pictures per second, to a hundredth; 0 when it is twice as long as usual since the last one."""
    span_s = pictures_s[-1] - pictures_s[0] if pictures_s else 0.0
    if span_s <= 0 or not frames:
        return 0.0
    every_s = span_s / (len(pictures_s) - 1)
    return round(1 / every_s, 2) if frames[-1].t_s - pictures_s[-1] <= 2 * every_s else 0.0


def _missing(frames: tuple[_Seen, ...], surroundings: Surroundings) -> _Missing:
    """Tell what is missing of the ticks since the oldest frame that were wanted."""
    stride, rate_hz = surroundings.saving.stride, surroundings.wanted_rate_hz
    gaps = [(later.frame - earlier.frame) / stride - 1 for earlier, later in pairwise(frames)]
    hung = sum(gap for gap in gaps if gap * stride / rate_hz >= _HANG_S)
    late = max(0.0, sum(gaps) - hung)
    wanted = max(1, len(frames) + hung + late)
    return _Missing(hung * stride / rate_hz, hung / wanted, late / wanted)


def _judged(report: HealthReport, surroundings: Surroundings, missing: _Missing) -> HealthReport:
    findings = [*_of_capture(report), *_of_picture(report), *_of_machine(report, surroundings, missing)]
    if not findings:
        return replace(report, words=("All is well",))
    level = HealthLevel.BAD if any(level is HealthLevel.BAD for level, _ in findings) else HealthLevel.FAIR
    # What is worse is said first.
    ordered = sorted(findings, key=lambda finding: finding[0] is not HealthLevel.BAD)
    return replace(report, level=level, words=tuple(words for _, words in ordered))


_FALLBACK_FINDINGS = {
    Fallback.EMERGENCY: (HealthLevel.BAD, "Nothing has been captured for long: see that the screen can be seen"),
    Fallback.LAST_PICTURE: (HealthLevel.BAD, "The capture fails: what is shown is old"),
    Fallback.SINGLE_MODE: (HealthLevel.FAIR, "Dual mode fails: the legacy region is measured instead"),
    Fallback.SMALL_FROM_LARGE: (HealthLevel.FAIR, "The small region cannot be had by itself, which costs time"),
}
_PICTURE_FINDINGS = {
    PictureNotice.BLACK: (HealthLevel.BAD, "The measured box is black"),
    PictureNotice.COVERED: (HealthLevel.BAD, "Something covers the measured box"),
    PictureNotice.FROZEN: (HealthLevel.FAIR, "The picture stands still"),
    PictureNotice.MOVED: (HealthLevel.FAIR, "The picture shows another place than before"),
}


_ORDINALS = {2: "second", 3: "third"}


def _of_capture(report: HealthReport) -> Iterator[_Finding]:
    if report.fallback in _FALLBACK_FINDINGS:
        yield _FALLBACK_FINDINGS[report.fallback]
    if report.success_rate < _NEARLY_ALL:
        level = HealthLevel.FAIR if report.success_rate >= _MOST_OF else HealthLevel.BAD
        yield level, f"Only {report.success_rate:.0%} of the last frames were measured"


def _of_picture(report: HealthReport) -> Iterator[_Finding]:
    if report.notice in _PICTURE_FINDINGS:
        yield _PICTURE_FINDINGS[report.notice]
    elif report.quality is not None and report.quality < _POOR_QUALITY:
        yield HealthLevel.FAIR, "The picture is blurred, too bright or too dark to measure well"


def _of_machine(report: HealthReport, surroundings: Surroundings, missing: _Missing) -> Iterator[_Finding]:
    if surroundings.store_failure is not None:
        yield HealthLevel.BAD, surroundings.store_failure
    yield from _of_missing(missing)
    saving = surroundings.saving
    if saving.stride > 1:
        every = _ORDINALS[saving.stride]
        yield HealthLevel.FAIR, f"Only every {every} gray value is measured: the machine is too slow for the rate"
    elif saving.picture_divisor > 1:
        yield HealthLevel.FAIR, "Pictures are taken less often than configured: the machine is busy"
    period_ms = 1000 * saving.stride / surroundings.wanted_rate_hz
    if report.latency_p95_ms > period_ms:
        took = f"{report.latency_p95_ms:.0f} ms"
        yield HealthLevel.FAIR, f"To measure a gray value takes {took}, and there are only {period_ms:.0f} ms for it"


def _of_missing(missing: _Missing) -> Iterator[_Finding]:
    hung, late = missing.hung_share, missing.late_share
    if hung > _SOME:
        words = f"The capture did not answer for {missing.hung_s:.1f} s: {hung:.0%} of the last gray values are missing"
        yield _level_of(hung), words
    if late > _SOME:
        words = f"{late:.0%} of the last gray values are missing: lower the rate or close other programs"
        yield _level_of(late), words


def _level_of(missing_share: float) -> HealthLevel:
    return HealthLevel.FAIR if missing_share <= _HALF else HealthLevel.BAD
