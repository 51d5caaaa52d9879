"""Closing a window while something takes long: its user is asked, a machine is not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from nhem_qt.ui.closing import CancelQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow
    from nhem_qt.ui.review_window import ReviewWindow


class SlowWork:
    """Tells its progress over and over until it is let go."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.ended = threading.Event()

    def __call__(self, progress: Callable[[float], None]) -> None:
        try:
            while not self.released.wait(0.01):
                progress(0.25)
        finally:
            self.ended.set()


@pytest.fixture
def work() -> Iterator[SlowWork]:
    """Something that takes as long as it is not let go."""
    work = SlowWork()
    yield work
    work.released.set()


def begin(window: MainWindow | ReviewWindow, work: SlowWork, told: list[object]) -> None:
    window._jobs.begin_long("Writing A", work, told.append, told.append)


def questions() -> list[QMessageBox]:
    return [box for box in QApplication.topLevelWidgets() if isinstance(box, CancelQuestion) and box.isVisible()]


def answer(qtbot: QtBot, words: str) -> None:
    (question,) = questions()
    assert "Writing A" in question.text()
    button = next(button for button in question.findChildren(QPushButton) if button.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture(params=["open_window", "open_review"])
def either(request: pytest.FixtureRequest) -> MainWindow | ReviewWindow:
    """A window of either kind."""
    opened: MainWindow | ReviewWindow = request.getfixturevalue(request.param)()
    return opened


def test_a_window_in_which_something_takes_long_asks_and_stays(
    qtbot: QtBot, either: MainWindow | ReviewWindow, work: SlowWork
) -> None:
    told: list[object] = []
    begin(either, work, told)
    either.close()
    assert either.isVisible()
    answer(qtbot, "&Wait")
    assert not questions()
    assert not work.ended.is_set()
    with qtbot.waitSignal(either._jobs.finished):
        work.released.set()
    assert told == [None]
    assert either.isVisible()


def test_it_is_cancelled_where_that_is_wanted(qtbot: QtBot, either: MainWindow | ReviewWindow, work: SlowWork) -> None:
    told: list[object] = []
    begin(either, work, told)
    either.close()
    with qtbot.waitSignal(either.left):
        answer(qtbot, "&Cancel it and close")
    assert work.ended.is_set()
    assert told == []
    assert not questions()


def test_the_question_goes_with_its_reason_and_the_window_closes_as_it_was_wanted(
    qtbot: QtBot, either: MainWindow | ReviewWindow, work: SlowWork
) -> None:
    told: list[object] = []
    begin(either, work, told)
    either.close()
    with qtbot.waitSignal(either.left):
        work.released.set()
    assert told == [None]
    assert not questions()


def test_one_who_asks_again_is_asked_once_and_a_machine_never(
    qtbot: QtBot, either: MainWindow | ReviewWindow, work: SlowWork
) -> None:
    begin(either, work, [])
    either.close()
    either.close()
    assert len(questions()) == 1
    with qtbot.waitSignal(either.left):
        either.closing.insist()
    assert not questions()
    assert work.ended.is_set()


def test_once_it_has_closed_nothing_begins_any_more(
    qtbot: QtBot, either: MainWindow | ReviewWindow, work: SlowWork
) -> None:
    with qtbot.waitSignal(either.left):
        either.close()
    begin(either, work, [])
    assert not either._jobs.are_under_way


def test_the_main_window_asks_for_what_its_reviews_do(
    qtbot: QtBot, window: MainWindow, kept_demo: Path, work: SlowWork
) -> None:
    with qtbot.waitSignal(window.reviewing.opened) as opened:
        window.reviewing.open(kept_demo)
    (review,) = opened.args
    begin(review, work, [])
    window.close()
    assert review.isVisible()
    with qtbot.waitSignal(window.left):
        answer(qtbot, "&Cancel it and close")
    assert work.ended.is_set()
