"""The window's own place on the screen of the tests, which has 800x800 px."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QWidget

from nhem_qt.ui.placement import fit_to_screen

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(("wanted", "shown"), [((1500, 880), (800, 800)), ((1500, 300), (800, 300))], ids=str)
def test_a_window_that_is_larger_than_the_screen_is_maximized_and_no_larger(
    qtbot: QtBot, wanted: tuple[int, int], shown: tuple[int, int]
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(*wanted)
    fit_to_screen(window)
    window.show()
    qtbot.waitExposed(window)
    assert window.isMaximized()
    assert (window.width(), window.height()) == shown


def test_one_that_has_room_is_as_large_as_it_wants(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(700, 600)
    fit_to_screen(window)
    window.show()
    qtbot.waitExposed(window)
    assert not window.isMaximized()
    assert (window.width(), window.height()) == (700, 600)
