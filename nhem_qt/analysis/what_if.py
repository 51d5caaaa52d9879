"""The same samples under other parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.monitor import PeakJudge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhem_qt.detection import DetectorConfig, Peak
    from nhem_qt.monitor import Sample


def judge_again(samples: Iterable[Sample], config: DetectorConfig, rate_hz: float) -> tuple[Peak, ...]:
    """Return the peaks that `config` would have found in these samples."""
    judge = PeakJudge(config, rate_hz)
    judged = [judge.judge(sample.measurement) for sample in samples]
    last = judge.finish()
    return tuple(sample.peak for sample in (*judged, last) if sample is not None and sample.peak is not None)
