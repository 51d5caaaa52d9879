"""Samples and peaks to keep."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nhem_qt.detection import Peak, Reason, Rejection
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.session import SessionInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.frame import Pixels

STARTED_AT = dt.datetime(2024, 5, 17, 23, 59, 58, 123456, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))


def make_peak(index: int = 1, **changes: Any) -> Peak:
    values: dict[str, Any] = {
        "peak_index": index,
        "color": "green",
        "confidence": 0.75,
        "start_frame": 45,
        "end_frame": 74,
        "peak_frame": 50,
        "decided_frame": 95,
        "start_s": 1.0,
        "end_s": 1.6444444,
        "duration_s": 0.6666667,
        "baseline": 100.1,
        "threshold": 104.1,
        "peak_gray": 130.25,
        "pre_mean": 100.0,
        "post_mean": 1 / 3 + 104,
        "difference": 4 + 1 / 3,
        "difference_threshold": 2.1,
        "mode": "adaptive",
    }
    return Peak(**values | changes)


def make_sample(index: int, gray: float | None = 100.0, peak: Peak | None = None, **changes: Any) -> Sample:
    t_s = round(changes.pop("t_s", index / 45), 6)
    status = Status.FAILED if gray is None else Status.SUCCESS
    measurement = Measurement(index, t_s, gray, changes.pop("gray_large", None), SourceKind.DEMO, status)
    rejection = Rejection(Reason.TOO_SHORT, 1, 2, 0.1, 0.2, 1.0, 3.0) if changes.pop("rejected", False) else None
    values: dict[str, Any] = {"baseline": 99.5, "threshold": 103.5, "in_peak_region": False}
    signal = None if peak is None else 1
    return Sample(measurement, **values | changes, peak_signal=signal, peak=peak, rejection=rejection)


class FakeSource:
    """A live source of still noise that fails when it is told to."""

    kind = SourceKind.SCREEN
    bounds = Roi(0, 0, 400, 300)

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.failing: Exception | None = None
        self.screen: Pixels = np.random.default_rng(7).integers(0, 256, (300, 400, 4), np.uint8)

    def grab(self, roi: Roi) -> Frame:
        if self.failing is not None:
            raise self.failing
        return Frame(self.screen[roi.y1 : roi.y2, roi.x1 : roi.x2], roi, self._clock(), self.kind)

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def sample_of() -> Callable[..., Sample]:
    """Make samples: index, gray value, peak, and other fields by name."""
    return make_sample


@pytest.fixture(scope="session")
def peak_of() -> Callable[..., Peak]:
    """Make peaks: index, and other fields by name."""
    return make_peak


@pytest.fixture(scope="session")
def source_of() -> Callable[..., FakeSource]:
    """Make live sources, given a clock."""
    return FakeSource


@pytest.fixture(scope="session")
def info() -> SessionInfo:
    """Describe a session that began shortly before midnight, far from Greenwich."""
    return SessionInfo("20240517-235958-123-demo", STARTED_AT, "demo", "dual", "10,20,410,320", 45.0)
