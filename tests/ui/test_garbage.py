"""When Python searches for garbage: not in all that there is while something is measured."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from nhem_qt.ui.garbage import lasting_spared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow


class Knot:
    """What only a search frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def window(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> Iterator[MainWindow]:
    """A window that measures."""
    window = open_window()
    with lasting_spared(window.monitoring):
        with qtbot.waitSignal(window.monitoring.began):
            window.start()
        yield window


def searches_of_all() -> int:
    """Return how often Python has searched all so far."""
    return int(gc.get_stats()[-1]["collections"])


def make_what_lasts() -> list[list[int]]:
    """Make so much that lives on that Python would search all."""
    return [[number] for number in range(100_000 + 2 * len(gc.get_objects()))]


def test_while_a_session_runs_what_lasts_is_not_searched(window: MainWindow) -> None:
    before = searches_of_all()
    assert make_what_lasts()
    assert window.monitoring.is_running
    assert searches_of_all() == before


def test_all_is_searched_after_a_session(qtbot: QtBot, window: MainWindow) -> None:
    knot = Knot()
    gc.collect(1)
    alive = weakref.ref(knot)
    del knot
    gc.collect(1)
    assert alive() is not None
    with qtbot.waitSignal(window.monitoring.ended):
        window.stop()
    assert alive() is None


def test_without_a_session_python_searches_as_it_likes(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.ended):
        window.stop()
    before = searches_of_all()
    assert make_what_lasts()
    assert searches_of_all() > before
