"""Selecting a region while the source does not answer: the window comes back, and can be closed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from nhem_qt.capture import CaptureError, DemoSource
from nhem_qt.ui import background
from nhem_qt.ui.background import Attempt
from nhem_qt.ui.region_dialog import RegionDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from nhem_qt.capture import SourceChoice
    from nhem_qt.ui.main_window import MainWindow


class Opening:
    """Opens the demo, but not before `answers` is set; `asked` tells that it is wanted, `ended` that it has ended."""

    def __init__(self) -> None:
        self.asked, self.answers, self.ended = threading.Event(), threading.Event(), threading.Event()

    def open(self, _choice: SourceChoice) -> DemoSource:
        self.asked.set()
        self.answers.wait()
        try:
            return DemoSource()
        finally:
            self.ended.set()


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opening]:
    opening = Opening()
    monkeypatch.setattr("nhem_qt.ui.selecting.open_source", opening.open)
    yield opening
    opening.answers.set()
    assert opening.ended.wait(30.0)


def begin(qtbot: QtBot, window: MainWindow, opening: Opening) -> None:
    window.select_region()
    qtbot.waitUntil(opening.asked.is_set)
    assert not window.isVisible()


def test_a_still_that_never_comes_brings_the_window_back_and_is_told(
    qtbot: QtBot, open_window: Callable[..., MainWindow], opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "HANGS_AFTER_S", 0.5)
    window = open_window("screen")
    begin(qtbot, window, opening)
    qtbot.waitUntil(window.isVisible)
    assert "The source does not answer" in window.banner.text
    assert window._actions["select_region"].isEnabled()
    opening.answers.set()
    assert opening.ended.wait(30.0)
    assert not window.findChildren(RegionDialog)


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
