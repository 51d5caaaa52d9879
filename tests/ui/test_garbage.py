"""When Python searches for garbage: not in the same things again while something is measured."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from nhem_qt.ui.garbage import lasting_spared

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow


class Knot:
    """What only a search frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def window(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> MainWindow:
    window = open_window()
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    return window


def is_searched(thing: object) -> bool:
    """Return whether the next search for garbage, if it is for all, looks into it."""
    return any(searched is thing for searched in gc.get_objects())


def test_what_a_search_has_left_is_not_searched_again(window: MainWindow) -> None:
    with lasting_spared(window.monitoring):
        kept = [[number] for number in range(500)]
        assert is_searched(kept[0])
        gc.collect()
        assert not is_searched(kept[0])


def test_what_was_there_at_the_begin_of_a_session_is_not_searched(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    with lasting_spared(window.monitoring):
        kept = [[number] for number in range(500)]
        with qtbot.waitSignal(window.monitoring.began):
            window.start()
        assert not is_searched(kept[0])


def test_all_is_searched_after_a_session(qtbot: QtBot, window: MainWindow) -> None:
    with lasting_spared(window.monitoring):
        knot = Knot()
        gc.freeze()
        alive = weakref.ref(knot)
        del knot
        gc.collect()
        assert alive() is not None
        with qtbot.waitSignal(window.monitoring.ended):
            window.stop()
        assert alive() is None
