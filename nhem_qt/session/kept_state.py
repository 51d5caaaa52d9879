"""What a snapshot shows of a kept session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.geometry import Roi
from nhem_qt.monitor import CoordinationState, Regions, RoiMode
from nhem_qt.session.history import History
from nhem_qt.session.snapshot import Health, LiveState

if TYPE_CHECKING:
    from nhem_qt.session.archive import KeptSession

# Enough for the two seconds over which the rate is taken, at the highest rate.
_LEAST_SAMPLES = 500


def kept_state(kept: KeptSession) -> LiveState:
    """Return the state at the end of a kept session, without pictures; raises StoreError, or InvalidRoiError."""
    count = kept.info.buffer_size
    history = History(max(count, _LEAST_SAMPLES), 1)
    for sample in kept.newest_samples(max(count, _LEAST_SAMPLES)):
        history.add(sample)
    return LiveState(
        info=kept.info,
        regions=_regions(kept),
        samples=history.samples[-count:],
        sample_count=kept.sample_count,
        peaks=kept.peaks(),
        large_roi=None,
        small_roi=None,
        health=_health(kept, history.rate_hz()),
    )


def _regions(kept: KeptSession) -> Regions:
    changed = {change.key: change.value for change in kept.changes()}
    mode, roi = changed.get("mode", kept.info.mode), changed.get("roi", kept.info.roi)
    return Regions(RoiMode(mode), Roi.parse(roi))


def _health(kept: KeptSession, rate_hz: float) -> Health:
    transitions = kept.transitions()
    return Health(
        state=(transitions[-1].new if transitions else CoordinationState.INITIALIZING).value,
        rate_hz=rate_hz,
        dropped_ticks=kept.dropped_ticks,
        failed_samples=kept.failed_samples,
        transitions=transitions,
    )
