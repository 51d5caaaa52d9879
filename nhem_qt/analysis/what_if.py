"""The same samples under other parameters."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from nhem_qt.analysis.compare import Comparison, paired
from nhem_qt.detection import PeakDetector
from nhem_qt.errors import NhemError
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Veil
from nhem_qt.session import KeptSession, Span, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from nhem_qt.detection import DetectorConfig, Peak
    from nhem_qt.monitor import Sample

# The program itself draws what these show: no detector has seen it in the session either.
_INVENTED = frozenset({SourceKind.SINE, SourceKind.SIMULATED})

# When one of these changed, the detector of the session began anew.
_RESTARTING = frozenset({"mode", "roi", "small_roi", "detector"})

_ROWS_PER_PROGRESS = 8192

# After so many times its length a running mean holds less than one per cent of what was before.
_LENGTHS_FORGOTTEN = 5
_SLOWEST_PICTURES_HZ = 10.0
_SLOWEST_RATE_HZ = 1.0


class NothingMeasuredError(NhemError):
    """There is nothing in which an emission could be found."""


def judge_again(samples: Iterable[Sample], config: DetectorConfig, rate_hz: float) -> tuple[Peak, ...]:
    """Return the peaks that `config` would have found in these samples, in time order; they may be a stream."""
    run = _Run(config, rate_hz)
    for sample in samples:
        measured = sample.measurement
        run.take(_seen(measured.frame_index, measured.t_s, measured.gray, measured.source, measured.notice))
    run.finish()
    return tuple(run.peaks)


def what_if(
    path: Path,
    config: DetectorConfig,
    span: Span | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> Comparison:
    """Run the detection again over a kept session, or a span of it, and compare; nothing is written.

    The detector begins anew wherever that of the session did. In a span, the peaks that overlap it are compared; those
    found again are numbered from 1, and their confidence is not quite that of the whole session, as motion of long ago
    has a part in it. `progress` is told the share that is done, 0-1; what it raises ends the work. A million samples
    take about ten seconds. Raises StoreError, or NothingMeasuredError if nothing was measured.
    """
    stretch = None if span is None else _widened(span, config)
    with KeptSession(path, stretch) as kept:
        run = _Run(config, kept.info.rate_hz, _restarts_s(kept, stretch))
        for seen in _telling(_read(kept.sample_cells(), path.name), kept.sample_count, progress):
            run.take(seen)
        # A session that was interrupted has not decided what was pending either.
        if kept.finished:
            run.finish()
        before = _overlapping(kept.peaks(), span)
    if not run.has_seen:
        raise NothingMeasuredError(
            f"Nothing was measured in {path.name}: it is simulated, or every capture failed. Choose another session"
        )
    again = [replace(peak, peak_index=index) for index, peak in enumerate(_overlapping(run.peaks, span), 1)]
    return Comparison(paired(before, again), config)


class _Seen(NamedTuple):
    """What the detector sees of a sample."""

    frame_index: int
    t_s: float
    gray: float | None
    notice: str | None


def _seen(frame_index: int, t_s: float, gray: float | None, source: str, notice: str | None) -> _Seen:
    return _Seen(frame_index, t_s, None if source in _INVENTED else gray, notice)


class _Run:
    """The detector over the samples of a session, to the bit as PeakJudge has it.

    It is none, for a PeakJudge tells the log of every peak as of one that was measured just now.
    """

    def __init__(self, config: DetectorConfig, rate_hz: float, restarts_s: Iterable[float] = ()) -> None:
        self.peaks: list[Peak] = []
        self.has_seen = False
        self._config = config
        self._rate_hz = rate_hz
        self._restarts_s = deque(restarts_s)
        self._veil = Veil()
        self._begin()
        self._pending: Peak | None = None
        self._last_frame = 0

    def take(self, seen: _Seen) -> None:
        """Feed the detector, with a new one where the session began anew."""
        frame_index, t_s, gray, notice = seen
        if self._is_changed(t_s):
            self._restart()
        if self._veil.see(notice, t_s):
            self._restart()
        self.has_seen = self.has_seen or gray is not None
        self._last_frame = frame_index
        shown = None if self._veil.is_there else gray
        peak = self._detector.process_frame(shown, frame_index, t_s).peak or self._pending
        self._pending = None
        self._keep(peak)

    def finish(self) -> None:
        """Decide what is pending on the last sample."""
        self._keep(self._detector.finish() or self._pending)

    def _begin(self) -> None:
        self._detector = PeakDetector(self._config, self._rate_hz)

    def _is_changed(self, t_s: float) -> bool:
        """Whether the session measured otherwise from this sample on."""
        before = len(self._restarts_s)
        while self._restarts_s and self._restarts_s[0] <= t_s:
            self._restarts_s.popleft()
        return len(self._restarts_s) < before

    def _restart(self) -> None:
        self._pending = self._detector.finish() or self._pending
        self._begin()

    def _keep(self, peak: Peak | None) -> None:
        if peak is not None:
            index = len(self.peaks) + 1
            self.peaks.append(replace(peak, peak_index=index, decided_frame=self._last_frame))


def _read(rows: Iterable[Sequence[Any]], name: str) -> Iterator[_Seen]:
    """Read the stored cells: whole samples would take four times as long."""
    try:
        for frame_index, t_s, gray, *_, source, _status, notice in rows:
            yield _seen(int(frame_index), float(t_s), None if gray is None else float(gray), source, notice)
    except (TypeError, ValueError) as error:
        raise StoreError(f"{name} is damaged, a sample in it is no number: choose another session") from error


def _telling(samples: Iterator[_Seen], count: int, progress: Callable[[float], None]) -> Iterator[_Seen]:
    for done, seen in enumerate(samples):
        if done % _ROWS_PER_PROGRESS == 0:
            progress(done / count)
        yield seen
    progress(1.0)


def _restarts_s(kept: KeptSession, stretch: Span | None) -> list[float]:
    begin_s = 0.0 if stretch is None else stretch.begin_s
    changes = [change for change in kept.changes() if change.key in _RESTARTING]
    return sorted({change.t_s for change in changes if change.t_s >= begin_s})


def _widened(span: Span, config: DetectorConfig) -> Span:
    """Return the span with what must be read before and after it to judge it as if all were read.

    Before, so that an emission under way is over, there is a baseline, and noise and motion are averaged over what
    would count; after, so that an emission at the end is decided.
    """
    emission_s = config.max_duration_s + config.doubtful_fall_s + config.margin_s
    windows_s = config.baseline_s + config.settling_s + config.margin_frames / _SLOWEST_RATE_HZ
    noise_s = config.noise_pictures / _SLOWEST_PICTURES_HZ
    motion_s = config.motion_changes * config.motion_window_s + config.motion_rest_s
    reach_s = emission_s + windows_s + _LENGTHS_FORGOTTEN * max(noise_s, motion_s)
    return Span(span.begin_s - reach_s, span.end_s + reach_s)


def _overlapping(peaks: Iterable[Peak], span: Span | None) -> list[Peak]:
    return [peak for peak in peaks if span is None or span.overlaps(peak.start_s, peak.end_s)]
