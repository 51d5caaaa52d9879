"""Selecting a region while the source does not answer: the window comes back, and can be closed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from nhem_qt.capture import CaptureError, DemoSource
from nhem_qt.ui.background import Attempt
from nhem_qt.ui.region_dialog import RegionDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from nhem_qt.capture import SourceChoice
    from nhem_qt.ui.main_window import MainWindow


class Opening:
    """Opens the demo, but not before `answers` is set; `asked` tells how often it was wanted."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked = 0
        self.ended: list[threading.Thread] = []
        self._demo = DemoSource()

    def open(self, _choice: SourceChoice) -> DemoSource:
        answers, self.asked = self.answers, self.asked + 1
        answers.wait()
        self.ended.append(threading.current_thread())
        return self._demo

    def answer_from_now_on(self) -> threading.Event:
        """Let what is asked for from now on be answered; returns the event that lets the others be answered, too."""
        hung, self.answers = self.answers, threading.Event()
        self.answers.set()
        return hung


@pytest.fixture
def opening(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opening]:
    # Wherever the tests run, this is no session of Wayland.
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    opening = Opening()
    first = opening.answers
    monkeypatch.setattr("nhem_qt.ui.selecting.open_source", opening.open)
    yield opening
    first.set()
    qtbot.waitUntil(lambda: len(opening.ended) == opening.asked)


def begin(qtbot: QtBot, window: MainWindow, opening: Opening) -> None:
    asked = opening.asked
    window.select_region()
    qtbot.waitUntil(lambda: opening.asked > asked)
    assert not window.isVisible()


def test_a_still_that_does_not_come_within_a_second_or_so_is_told_and_comes_no_more(
    qtbot: QtBot, open_window: Callable[..., MainWindow], opening: Opening
) -> None:
    window = open_window("screen")
    begin(qtbot, window, opening)
    qtbot.waitUntil(window.isVisible)
    assert "The source does not answer" in window.banner.text
    assert window._actions["select_region"].isEnabled()
    opening.answers.set()
    qtbot.waitUntil(lambda: bool(opening.ended))
    opening.ended[0].join()
    qtbot.waitUntil(lambda: not window.findChildren(Attempt))
    assert not window.findChildren(RegionDialog)


def test_another_attempt_opens_the_screen_anew_while_the_first_one_still_hangs(
    qtbot: QtBot, open_window: Callable[..., MainWindow], opening: Opening
) -> None:
    window = open_window("screen")
    begin(qtbot, window, opening)
    qtbot.waitUntil(window.isVisible)
    hung = opening.answer_from_now_on()
    begin(qtbot, window, opening)
    qtbot.waitUntil(lambda: bool(window.findChildren(RegionDialog)))
    assert not hung.is_set()
    (dialog,) = window.findChildren(RegionDialog)
    dialog.reject()


def test_a_screen_that_may_be_slow_is_given_more_time_with_every_attempt(
    qtbot: QtBot, open_window: Callable[..., MainWindow], opening: Opening
) -> None:
    window = open_window("screen")
    for patience_s in (1.0, 2.0):
        begin(qtbot, window, opening)
        began_s = time.monotonic()
        qtbot.waitUntil(window.isVisible)
        assert time.monotonic() - began_s > 0.9 * patience_s


def test_a_still_that_never_comes_is_not_waited_for_at_the_end(
    qtbot: QtBot, open_window: Callable[..., MainWindow], opening: Opening
) -> None:
    window = open_window("screen")
    begin(qtbot, window, opening)
    with qtbot.waitSignal(window.left, timeout=2000):
        window.close()
    assert not window.isVisible()
    assert not [attempt for attempt in window.findChildren(Attempt) if attempt._poll_timer.isActive()]


def test_a_still_that_fails_late_is_told_as_any_other(
    qtbot: QtBot, open_window: Callable[..., MainWindow], opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: DemoSource, _roi: object) -> None:
        raise CaptureError("the screen is locked: unlock it")

    monkeypatch.setattr(DemoSource, "grab", refuse)
    window = open_window("screen")
    begin(qtbot, window, opening)
    opening.answers.set()
    qtbot.waitUntil(lambda: "the screen is locked: unlock it" in window.banner.text)
    assert window.isVisible()
