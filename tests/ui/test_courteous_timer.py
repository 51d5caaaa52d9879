"""When the window works: not while something is measured, and yet often enough."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QObject

from nhem_qt.session import LiveSession
from nhem_qt.ui.courteous_timer import CourteousTimer
from nhem_qt.ui.monitoring import Monitoring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from nhem_qt.detection import Peak
    from nhem_qt.ui.main_window import MainWindow


@pytest.fixture
def owner() -> Iterator[QObject]:
    parent = QObject()
    yield parent
    parent.deleteLater()


def looks_before_each(qtbot: QtBot, owner: QObject, answers: Iterator[bool]) -> list[int]:
    """Return how often a timer has looked before it said for the first, second and third time that it is due."""
    looks = [0]

    def is_unwelcome() -> bool:
        looks[-1] += 1
        return next(answers)

    timer = CourteousTimer(10, is_unwelcome, owner)
    timer.due.connect(lambda: looks.append(0))
    qtbot.waitUntil(lambda: len(looks) > 3)
    timer.stop()
    return looks[:3]


def test_where_nothing_is_in_the_way_it_is_time_at_once(qtbot: QtBot, owner: QObject) -> None:
    assert looks_before_each(qtbot, owner, itertools.cycle((False,))) == [1, 1, 1]


def test_what_is_unwelcome_waits_until_it_is_welcome(qtbot: QtBot, owner: QObject) -> None:
    assert looks_before_each(qtbot, owner, itertools.cycle((True, True, False))) == [3, 3, 3]


def test_what_is_always_unwelcome_is_done_all_the_same(qtbot: QtBot, owner: QObject) -> None:
    assert looks_before_each(qtbot, owner, itertools.cycle((True,))) == [10, 10, 10]


def test_the_window_does_nothing_while_something_is_measured(
    qtbot: QtBot, open_window: Callable[..., MainWindow], a_peak: Peak, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = itertools.cycle((True, True, False))
    happened: list[str] = []
    asked_s: list[float] = []
    takes_s: dict[str, float] = {}

    def measures_within(monitoring: Monitoring, seconds: float) -> bool:
        asked_s.append(seconds)
        measures = next(answers)
        happened.append("measured" if measures else "idle")
        if measures:
            monitoring.peak_decided.emit(a_peak)
        return measures

    def note(view: object, method: str, word: str) -> None:
        work = getattr(view, method)

        def note_and_work(*arguments: Any, **named: Any) -> None:
            happened.append(word)
            takes_s[word] = asked_s[-1]
            work(*arguments, **named)

        monkeypatch.setattr(view, method, note_and_work)

    monkeypatch.setattr(Monitoring, "measures_within", measures_within)
    window = open_window()
    # Beginning draws and tells once by itself.
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    note(window.curves, "refresh", "drawn")
    note(window.statusBar(), "show_session", "told")
    note(window.docks.peaks, "append", "listed")
    works = ("drawn", "told", "listed")
    qtbot.waitUntil(lambda: all(happened.count(work) > 1 for work in works))
    # What comes at once is listed at once.
    turns = [word for word, _ in itertools.groupby(happened)]
    before = {sooner for sooner, later in itertools.pairwise(turns) if later in works}
    assert before == {"idle"}
    # A list takes longer to paint than all else.
    assert takes_s["listed"] >= 2 * takes_s["drawn"] > 0


def test_the_window_draws_in_pieces_between_which_a_tick_goes_first(
    qtbot: QtBot, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    monkeypatch.setattr(LiveSession, "give_way", lambda _session: happened.append("gave way"))
    window = open_window()
    with qtbot.waitSignal(window.monitoring.began):
        window.start()

    def note(view: object, method: str, word: str) -> None:
        work = getattr(view, method)
        monkeypatch.setattr(view, method, lambda *arguments: (happened.append(word), work(*arguments)))

    note(window._shown, "show_pictures", "picture")
    note(window.curves, "refresh", "curves")
    note(window.curves._gray, "setData", "line")
    works = ("picture", "curves", "line")
    qtbot.waitUntil(lambda: all(happened.count(work) > 1 for work in works))
    before = {sooner for sooner, later in itertools.pairwise(happened) if later in works}
    assert before == {"gave way"}
    with qtbot.waitSignal(window.monitoring.ended):
        window.stop()
    happened.clear()
    window._redraw()
    assert "gave way" not in happened
