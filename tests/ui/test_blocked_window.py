"""A window that stands still for seconds: measuring goes on beside it, and then it shows what is now."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PySide6.QtCore import QTimer

from nhem_qt.config import FemConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow

BLOCKED_S = 5.0
RATE_HZ = 30
# The first redraw comes at once; the newest picture may then be as old as the time to the next one.
FRESH_S = {"show_small_roi": 0.05, "show_frame": 0.05 + 1 / 5}
# A machine that others use may stall at any moment. What is wrong here would be wrong every time.
TRIALS = 3
# Where threads wait longer than that for a processor, each tick of that time may have been lost by it.
BUSY_SHARE = 0.02


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def compute(seconds: float) -> None:
    """Keep Python busy: the measuring thread has to ask for every turn."""
    end_s = time.perf_counter() + seconds
    while time.perf_counter() < end_s:
        sum(range(1000))


class Watched:
    """A window, and how old the pictures are that it shows; `ages_s` is of the last redraw that showed any."""

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        self.window = window
        self.ages_s: dict[str, float] = {}
        for view, name in ((window.image_view, "show_frame"), (window.readout, "show_small_roi")):
            monkeypatch.setattr(view, name, self._noting(name, getattr(view, name)))

    def _noting(self, name: str, show: Callable[..., None]) -> Callable[..., None]:
        def show_and_note(frame: object, *more: object) -> None:
            show(frame, *more)
            # Since the block only the first one counts: those after it are fresh by any means.
            self.ages_s.setdefault(name, self.window.monitoring.session.age_s(frame))

        return show_and_note


class Outcome(NamedTuple):
    """What a block did: samples that are missing, and how old the pictures were that were shown first after it."""

    missing: int
    ages_s: dict[str, float]
    waited_s: float
    """How long the program waited meanwhile for a processor that others had."""

    @property
    def is_harmless(self) -> bool:
        explained = self.waited_s * RATE_HZ if self.waited_s > BUSY_SHARE * BLOCKED_S else 0
        return self.missing <= explained and all(age_s <= FRESH_S[name] for name, age_s in self.ages_s.items())


def block(
    qtbot: QtBot, watched: Watched, work: Callable[[float], None], waited_for_processor_s: Callable[[int], float]
) -> Outcome:
    """Block the window's thread from a timer."""
    history = watched.window.monitoring.session.history
    first = history.last.measurement.frame_index
    before_s = waited_for_processor_s(os.getpid())

    def begin() -> None:
        work(BLOCKED_S)
        watched.ages_s.clear()

    QTimer.singleShot(0, begin)
    qtbot.waitUntil(
        lambda: len(watched.ages_s) == 2 and history.last.measurement.frame_index > first + BLOCKED_S * RATE_HZ,
        timeout=30_000,
    )
    waited_s = waited_for_processor_s(os.getpid()) - before_s
    indices = [sample.measurement.frame_index for sample in history.samples if sample.measurement.frame_index >= first]
    return Outcome(indices[-1] - first + 1 - len(indices), dict(watched.ages_s), waited_s)


@pytest.mark.parametrize("work", [sleep, compute])
def test_a_blocked_window_costs_no_sample_and_shows_at_once_what_is_now(
    qtbot: QtBot,
    open_window: Callable[..., MainWindow],
    waited_for_processor_s: Callable[[int], float],
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[float], None],
) -> None:
    window = open_window(config=FemConfig.model_validate({"data_processing": {"fps": RATE_HZ}}))
    window.start()
    qtbot.waitUntil(lambda: window.monitoring.session is not None and window.monitoring.session.history.count > RATE_HZ)
    watched = Watched(window, monkeypatch)
    outcomes: list[Outcome] = []
    while len(outcomes) < TRIALS and not (outcomes and outcomes[-1].is_harmless):
        outcomes.append(block(qtbot, watched, work, waited_for_processor_s))
    assert outcomes[-1].is_harmless, outcomes
