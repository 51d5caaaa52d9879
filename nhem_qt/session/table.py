"""The columns of samples.csv and peaks.csv, and the rows of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from nhem_qt.detection import Peak
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, PictureNotice, Sample, Status

if TYPE_CHECKING:
    from nhem_qt.detection import Rejection
    from nhem_qt.session.info import SessionInfo

Cell: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = tuple[Cell, ...]

SAMPLE_COLUMNS = (
    "frame_index",
    "t_s",
    "timestamp",
    "gray",
    "gray_large",
    "baseline",
    "threshold",
    "in_peak_region",
    "peak_signal",
    "peak_color",
    "peak_confidence",
    "source",
    "status",
    "notice",
)

PEAK_COLUMNS = (
    "peak_index",
    "color",
    "confidence",
    "start_frame",
    "end_frame",
    "peak_frame",
    "decided_frame",
    "start_s",
    "end_s",
    "duration_s",
    "timestamp",
    "baseline",
    "threshold",
    "peak_gray",
    "pre_mean",
    "post_mean",
    "difference",
    "difference_threshold",
    "mode",
    "source",
)


# Timestamps follow from the start of the session, the source of a peak from the session: neither is stored twice.
STORED_SAMPLE_COLUMNS = tuple(name for name in SAMPLE_COLUMNS if name != "timestamp")
STORED_PEAK_COLUMNS = tuple(name for name in PEAK_COLUMNS if name not in {"timestamp", "source"})


def sample_cells(sample: Sample) -> Row:
    """Return the cells of STORED_SAMPLE_COLUMNS; None where there is nothing."""
    measured, peak = sample.measurement, sample.peak
    return (
        measured.frame_index,
        measured.t_s,
        measured.gray,
        measured.gray_large,
        sample.baseline,
        sample.threshold,
        int(sample.in_peak_region),
        sample.peak_signal,
        None if peak is None else peak.color,
        None if peak is None else peak.confidence,
        measured.source.value,
        measured.status.value,
        None if measured.notice is None else measured.notice.value,
    )


def peak_cells(peak: Peak) -> Row:
    """Return the cells of STORED_PEAK_COLUMNS."""
    return tuple(getattr(peak, name) for name in STORED_PEAK_COLUMNS)


def sample_of(cells: Row, peak: Peak | None = None, rejection: Rejection | None = None) -> Sample:
    """Return the sample of stored cells, with what was decided on it; raises TypeError or ValueError."""
    values: dict[str, Any] = dict(zip(STORED_SAMPLE_COLUMNS, cells, strict=True))
    measured = {name: values[name] for name in ("frame_index", "t_s", "gray", "gray_large")}
    notice = None if values["notice"] is None else PictureNotice(values["notice"])
    return Sample(
        Measurement(**measured, source=SourceKind(values["source"]), status=Status(values["status"]), notice=notice),
        values["baseline"],
        values["threshold"],
        in_peak_region=bool(values["in_peak_region"]),
        peak_signal=values["peak_signal"],
        peak=peak,
        rejection=rejection,
    )


def peak_of(cells: Row) -> Peak:
    """Return the peak of stored cells; raises ValueError."""
    values: dict[str, Any] = dict(zip(STORED_PEAK_COLUMNS, cells, strict=True))
    return Peak(**values)


def sample_row(cells: Row, info: SessionInfo) -> Row:
    """Return the row of samples.csv for stored cells."""
    frame_index, t_s, *others = cells
    seconds = float(t_s or 0.0)
    return (frame_index, f"{seconds:.6f}", info.timestamp(seconds), *others)


def peak_row(cells: Row, info: SessionInfo) -> Row:
    """Return the row of peaks.csv for stored cells; its timestamp is that of the start of the emission."""
    values = dict(zip(STORED_PEAK_COLUMNS, cells, strict=True))
    values |= {"timestamp": info.timestamp(float(values["start_s"] or 0.0)), "source": info.source}
    return tuple(values[name] for name in PEAK_COLUMNS)
