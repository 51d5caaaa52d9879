"""What a review of a kept session shows, read at once; samples and pictures stay in the file until they are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from nhem_qt.detection import DetectorConfig
from nhem_qt.session.archive import KeptSession

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.detection import Peak, Rejection
    from nhem_qt.session.archive import Statistics
    from nhem_qt.session.info import Change, KeptNotice, Mark, SessionInfo, Span


@dataclass(frozen=True, slots=True)
class Digest:
    """A kept session, or the part `span` of it; `finished` is False if it was interrupted or still runs.

    `detector` holds the parameters with which it, or the part, began; those of now where the file does not tell them.
    Unless `knows_dropped_ticks`, ticks of pauses may be among the dropped ones.
    """

    path: Path
    span: Span | None
    info: SessionInfo
    name: str
    note: str
    finished: bool
    length_s: float
    sample_count: int
    dropped_ticks: int
    knows_dropped_ticks: bool
    failed_samples: int
    statistics: Statistics
    peaks: tuple[Peak, ...]
    rejections: tuple[Rejection, ...]
    marks: tuple[Mark, ...]
    notices: tuple[KeptNotice, ...]
    changes: tuple[Change, ...]
    detector: DetectorConfig


def read_digest(path: Path, span: Span | None = None) -> Digest:
    """Read what a review shows; raises StoreError."""
    with KeptSession(path, span) as kept:
        return Digest(
            path=path,
            span=span,
            info=kept.info,
            name=kept.name,
            note=kept.note,
            finished=kept.finished,
            length_s=kept.length_s,
            sample_count=kept.sample_count,
            dropped_ticks=kept.dropped_ticks,
            knows_dropped_ticks=kept.knows_dropped_ticks,
            failed_samples=kept.failed_samples,
            statistics=kept.statistics(),
            peaks=kept.peaks(),
            rejections=kept.rejections(),
            marks=kept.marks(),
            notices=kept.notices(),
            changes=kept.changes(),
            detector=_detector(kept, span),
        )


def _detector(kept: KeptSession, span: Span | None) -> DetectorConfig:
    values = kept.info.detector
    for change in kept.changes():
        if span is not None and change.key == "detector" and change.t_s <= span.begin_s:
            values = change.value
    try:
        return DetectorConfig.model_validate(
            {name: values[name] for name in DetectorConfig.model_fields if name in values}
        )
    except ValidationError:
        return DetectorConfig()
