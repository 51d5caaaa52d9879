"""What a snapshot shows of a kept session."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import CoordinationState, Regions, RoiData, RoiMode
from nhem_qt.session.history import History
from nhem_qt.session.snapshot import LiveState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhem_qt.session.archive import KeptSession
    from nhem_qt.session.info import KeptPicture

# Enough for the two seconds over which the rate is taken, at the highest rate.
_LEAST_SAMPLES = 500


def kept_state(kept: KeptSession) -> LiveState:
    """Return the state at the end of a kept session, with the newest pictures; raises StoreError, or InvalidRoiError.

    Of the large ROI only the last picture counts: those of the emissions are scaled down.
    """
    count = kept.info.buffer_size
    history = History(max(count, _LEAST_SAMPLES), 1)
    for sample in kept.newest_samples(max(count, _LEAST_SAMPLES)):
        history.add(sample)
    transitions = kept.transitions()
    peaks, last, source = kept.peaks(), kept.pictures_of(0), SourceKind(kept.info.source)
    of_peaks = (kept.pictures_of(peak.peak_index) for peak in reversed(peaks))
    return LiveState(
        info=kept.info,
        regions=_regions(kept),
        samples=history.newest(count),
        sample_count=kept.sample_count,
        peaks=peaks,
        large_roi=_newest((one for one in last if not one.small), source),
        small_roi=_newest((one for one in last or next(filter(None, of_peaks), ()) if one.small), source),
        coordination=transitions[-1].new if transitions else CoordinationState.INITIALIZING,
        transitions=transitions,
        rate_hz=history.rate_hz(),
        dropped_ticks=kept.dropped_ticks,
        failed_samples=kept.failed_samples,
        health=kept.health,
    )


def _newest(pictures: Iterable[KeptPicture], source: SourceKind) -> RoiData | None:
    picture = max(pictures, key=lambda one: one.t_s, default=None)
    if picture is None:
        return None
    try:
        with Image.open(io.BytesIO(picture.png)) as image:
            rgba = np.asarray(image.convert("RGBA"))
    except OSError:
        # All else of the session is worth having without it.
        return None
    return RoiData(Frame(rgba[..., [2, 1, 0, 3]], picture.roi, picture.t_s, source), picture.gray)


def _regions(kept: KeptSession) -> Regions:
    changed = {change.key: change.value for change in kept.changes()}
    mode, roi = changed.get("mode", kept.info.mode), changed.get("roi", kept.info.roi)
    return Regions(RoiMode(mode), Roi.parse(roi))
