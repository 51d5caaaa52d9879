"""Who measures goes first, and nobody waits for ever."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.monitor import RegionChoice, Tick
from nhem_qt.session import LiveSession
from nhem_qt.session.precedence import Precedence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhem_qt.frame import Frame
    from nhem_qt.geometry import Roi

PATIENCE_S = 60.0
A_MOMENT_S = 0.2


class Asking(threading.Thread):
    """A thread that gives way once."""

    def __init__(self, give_way: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._give_way = give_way
        self._went_on = threading.Event()
        self.start()

    def run(self) -> None:
        self._give_way()
        self._went_on.set()

    def goes_on_within(self, seconds: float) -> bool:
        return self._went_on.wait(seconds)


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nhem_qt.session.precedence._LONGEST_WAIT_S", PATIENCE_S)


@pytest.mark.usefixtures("_patient")
def test_another_thread_goes_on_when_the_block_is_left() -> None:
    precedence = Precedence()
    with precedence:
        other = Asking(precedence.give_way)
        assert not other.goes_on_within(A_MOMENT_S)
    assert other.goes_on_within(PATIENCE_S / 2)


@pytest.mark.usefixtures("_patient")
def test_an_error_ends_the_block_too_and_without_one_nobody_waits() -> None:
    precedence = Precedence()
    with pytest.raises(ZeroDivisionError), precedence:
        raise ZeroDivisionError
    assert Asking(precedence.give_way).goes_on_within(PATIENCE_S / 2)


class Clock:
    """A clock that stands still but for what is waited and worked."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waits_s: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        self.now_s += seconds


def test_beside_a_tick_that_hangs_a_quarter_of_the_time_is_lost_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, precedence = Clock(), Precedence()
    monkeypatch.setattr("time.perf_counter", lambda: clock.now_s)
    monkeypatch.setattr(precedence._is_over, "wait", clock.wait)
    with precedence:
        while clock.now_s < 10.0:
            precedence.give_way()
            clock.now_s += 0.001
    assert sum(clock.waits_s) <= 0.25 * 10.0 + 0.02
    assert max(clock.waits_s) <= 0.02
    # It is not given up either: the next tick may be the one to which it matters.
    assert sum(clock.waits_s) > 0.15 * 10.0


class Met(DemoSource):
    """The demo, which does something during a grab."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] = lambda: None

    def grab(self, roi: Roi) -> Frame:
        self.meanwhile()
        return super().grab(roi)


@pytest.mark.usefixtures("_patient")
def test_beside_a_session_one_waits_for_the_tick_that_is_under_way(tmp_path: Path) -> None:
    source = Met()
    session = LiveSession(source, RegionChoice(), FemConfig(), tmp_path)
    waited: list[bool] = []
    others: list[Asking] = []

    def meet() -> None:
        others.append(Asking(session.give_way))
        waited.append(not others[0].goes_on_within(A_MOMENT_S))

    source.meanwhile = meet
    session.take(Tick(0, 0.0))
    assert waited == [True]
    assert others[0].goes_on_within(PATIENCE_S / 2)
    session.close()
