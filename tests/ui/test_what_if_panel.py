"""Other parameters are typed in, run, and compared with what the session has."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea

from nhem_qt.analysis import Comparison, Pair
from nhem_qt.detection import DetectorConfig, Peak
from nhem_qt.ui import palette
from nhem_qt.ui.app import dress
from nhem_qt.ui.what_if_panel import WhatIfPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QPushButton, QWidget
    from pytestqt.qtbot import QtBot

OWN = DetectorConfig(difference_threshold=2.125, rise_noise_factor=5.123456789)


def peak(start_s: float, color: str = "green", difference: float = 3.96) -> Peak:
    return Peak(
        peak_index=1, color=color, confidence=0.83, start_frame=0, end_frame=1, peak_frame=0, decided_frame=2,
        start_s=start_s, end_s=start_s + 0.6, duration_s=0.6, baseline=100.0, threshold=106.0, peak_gray=131.0,
        pre_mean=100.0, post_mean=104.0, difference=difference, difference_threshold=2.1, mode="adaptive",
    )  # fmt: skip


PAIRS = (
    Pair(peak(3.25), peak(3.27, "red", 1.5)),
    Pair(peak(7.0), None),
    Pair(peak(11.0), peak(11.0)),
    Pair(None, peak(15.0, "red", -0.25)),
)


@pytest.fixture
def open_panel(qtbot: QtBot) -> Callable[..., WhatIfPanel]:
    def opened(config: DetectorConfig = OWN, width: int = 430, height: int = 800) -> WhatIfPanel:
        dress(QApplication.instance())
        panel = WhatIfPanel(config)
        qtbot.addWidget(panel)
        panel.resize(width, height)
        panel.show()
        qtbot.waitExposed(panel)
        panel.activateWindow()
        qtbot.waitUntil(panel.isActiveWindow)
        return panel

    return opened


@pytest.fixture
def panel(open_panel: Callable[..., WhatIfPanel]) -> WhatIfPanel:
    return open_panel()


def field(panel: WhatIfPanel, name: str) -> QWidget:
    return panel._fields._editors[name].field


def label(panel: WhatIfPanel, name: str) -> QLabel:
    return panel._fields._labels[name]


def remark(panel: WhatIfPanel, name: str) -> str:
    return panel._fields._editors[name].findChild(QLabel).text()


def type_value(qtbot: QtBot, panel: WhatIfPanel, name: str, text: str) -> None:
    editor = field(panel, name)
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def cells(panel: WhatIfPanel, row: int) -> list[str]:
    return [panel._pairs.index(row, column).data() for column in range(panel._pairs.columnCount())]


# --- the form


def test_the_form_begins_with_the_parameters_of_the_session_as_they_are(panel: WhatIfPanel) -> None:
    assert field(panel, "difference_threshold").text() == "2.125 gray"
    assert field(panel, "margin_frames").text() == "5 frames"
    assert panel._fields._editors.keys() == DetectorConfig.model_fields.keys()
    assert panel._fields.config == OWN
    assert panel._edited.text() == "as in the session"


def test_run_carries_what_was_typed_and_leaves_the_rest_as_it_was(qtbot: QtBot, panel: WhatIfPanel) -> None:
    type_value(qtbot, panel, "difference_threshold", "3.5")
    with qtbot.waitSignal(panel.run_requested) as requested:
        click(qtbot, panel._run)
    assert requested.args[0] == OWN.model_copy(update={"difference_threshold": 3.5})


def test_an_edited_value_is_marked_and_tells_what_it_was_until_it_is_reset(qtbot: QtBot, panel: WhatIfPanel) -> None:
    assert not panel._reset.isEnabled()
    type_value(qtbot, panel, "difference_threshold", "3.5")
    assert palette.AMBER.name() in label(panel, "difference_threshold").styleSheet()
    assert remark(panel, "difference_threshold") == "was 2.125"
    assert remark(panel, "margin_frames") == label(panel, "margin_frames").styleSheet() == ""
    assert panel._edited.text() == "1 changed"
    click(qtbot, panel._reset)
    assert remark(panel, "difference_threshold") == label(panel, "difference_threshold").styleSheet() == ""
    assert panel._fields.config == OWN
    assert not panel._reset.isEnabled()


def test_a_value_typed_back_is_no_change(qtbot: QtBot, panel: WhatIfPanel) -> None:
    type_value(qtbot, panel, "margin_frames", "9")
    type_value(qtbot, panel, "margin_frames", "5")
    assert panel._edited.text() == "as in the session"


def test_the_threshold_is_greyed_where_it_has_no_effect(qtbot: QtBot, panel: WhatIfPanel) -> None:
    assert not field(panel, "threshold").isEnabled()
    assert remark(panel, "threshold") == "fixed mode only"
    field(panel, "mode").setFocus()
    qtbot.keyClick(field(panel, "mode"), Qt.Key.Key_Down)
    assert field(panel, "threshold").isEnabled()
    assert remark(panel, "threshold") == ""
    assert remark(panel, "mode") == "was adaptive"
    type_value(qtbot, panel, "threshold", "99")
    assert panel._fields.config == OWN.model_copy(update={"mode": "fixed", "threshold": 99.0})


def test_what_few_know_is_folded_away_and_still_tells_that_it_was_edited(
    qtbot: QtBot, open_panel: Callable[..., WhatIfPanel]
) -> None:
    # So high that nothing is scrolled away.
    panel = open_panel(height=2400)
    more = panel._fields._more
    assert not field(panel, "min_duration_s").isVisible()
    click(qtbot, more)
    assert field(panel, "min_duration_s").isVisible()
    type_value(qtbot, panel, "min_duration_s", "0.5")
    qtbot.waitUntil(lambda: more.height() > 0)
    click(qtbot, more)
    assert not field(panel, "min_duration_s").isVisible()
    assert more.text() == "More (1 changed)"
    assert panel._fields.config == OWN.model_copy(update={"min_duration_s": 0.5})


def test_tab_goes_from_the_mode_to_run_as_the_eye_does(qtbot: QtBot, panel: WhatIfPanel) -> None:
    names = ("difference_threshold", "margin_frames", "min_region_length")
    wanted = [*(field(panel, name) for name in names), panel._fields._more, panel._run]
    field(panel, "mode").setFocus()
    for widget in wanted:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is widget


def test_every_value_can_be_set_within_its_range_and_is_explained(qtbot: QtBot, panel: WhatIfPanel) -> None:
    click(qtbot, panel._fields._more)
    for name, editor in panel._fields._editors.items():
        assert DetectorConfig.model_fields[name].description in editor.toolTip()
        assert "allowed" in editor.toolTip()
        assert label(panel, name).toolTip() == editor.toolTip()
    type_value(qtbot, panel, "min_region_length", "9999")
    type_value(qtbot, panel, "least_noise_gray", "0")
    # A field cannot hold what the detector would refuse.
    assert panel._fields.config.min_region_length <= 240
    assert panel._fields.config.least_noise_gray >= 0.001


def test_a_wheel_scrolls_the_form_and_changes_nothing_in_it(
    qtbot: QtBot, open_panel: Callable[..., WhatIfPanel]
) -> None:
    panel = open_panel(height=400)
    click(qtbot, panel._fields._more)
    area = panel.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    under = field(panel, "difference_threshold")
    where = under.mapTo(panel, under.rect().center())
    QTest.wheelEvent(panel.windowHandle(), QPointF(where), QPoint(0, -240))
    qtbot.waitUntil(lambda: area.verticalScrollBar().value() > 0)
    assert panel._fields.config == OWN


# --- the comparison


def test_before_a_run_it_says_what_to_do(panel: WhatIfPanel) -> None:
    assert "press Run" in panel._summary.text()
    assert not panel._table.isVisible()


def test_the_summary_tells_in_words_what_was_found(panel: WhatIfPanel) -> None:
    panel.show_comparison(Comparison(PAIRS, OWN))
    words = "2 found by both, 1 only in the session, 1 only by the new parameters; 1 changed colour"
    assert panel._summary.text() == words
    panel.show_comparison(Comparison((), OWN))
    assert "Nothing was found" in panel._summary.text()
    assert not panel._table.isVisible()
    panel.show_comparison(None)
    assert "press Run" in panel._summary.text()


def test_what_was_found_with_other_parameters_than_those_shown_says_so(qtbot: QtBot, panel: WhatIfPanel) -> None:
    panel.show_comparison(Comparison(PAIRS, OWN))
    assert "\n" not in panel._summary.text()
    type_value(qtbot, panel, "margin_frames", "9")
    assert "Not yet with the parameters above" in panel._summary.text()
    assert palette.AMBER.name() in panel._summary.styleSheet()
    click(qtbot, panel._reset)
    assert "\n" not in panel._summary.text()


def test_every_row_tells_both_verdicts_and_both_differences(panel: WhatIfPanel) -> None:
    panel.show_comparison(Comparison(PAIRS, OWN))
    hem, no_hem, nothing = "\u25b2 HEM", "\u25cf no HEM", "\u2014"
    assert cells(panel, 0) == ["both, colour changed", "3.25", hem, no_hem, "+3.96", "+1.50", "0.60"]
    assert cells(panel, 1) == ["session only", "7.00", hem, nothing, "+3.96", nothing, "0.60"]
    assert cells(panel, 3) == ["new only", "15.00", nothing, no_hem, nothing, "-0.25", "0.60"]
    colours = [panel._pairs.index(0, column).data(Qt.ItemDataRole.ForegroundRole) for column in (2, 3)]
    assert colours == [palette.GREEN, palette.RED]


def test_a_row_is_gone_to_by_mouse_and_by_key(qtbot: QtBot, panel: WhatIfPanel) -> None:
    panel.show_comparison(Comparison(PAIRS, OWN))
    table = panel._table
    where = table.visualRect(panel._pairs.index(1, 2)).center()
    with qtbot.waitSignal(panel.pair_selected) as selected:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert selected.args[0] is PAIRS[1]
    with qtbot.waitSignal(panel.pair_selected) as selected:
        qtbot.keyClick(table, Qt.Key.Key_Down)
    assert selected.args[0] is PAIRS[2]


def test_a_long_comparison_is_listed_at_once_from_its_beginning(panel: WhatIfPanel) -> None:
    many = tuple(Pair(peak(4.0 * index), peak(4.0 * index)) for index in range(7200))
    panel.show_comparison(Comparison(many, OWN))
    assert panel._pairs.rowCount() == 7200
    assert panel._table.rowAt(2) == 0


# --- while it runs


def test_while_it_runs_no_other_run_can_be_asked_for(qtbot: QtBot, panel: WhatIfPanel) -> None:
    asked: list[object] = []
    panel.run_requested.connect(asked.append)
    panel.set_busy(True)
    assert panel._run.text() == "Running..."
    click(qtbot, panel._run)
    assert asked == []
    panel.set_busy(False)
    click(qtbot, panel._run)
    assert asked == [OWN]


# --- small windows


@pytest.mark.parametrize("clicks_on_more", [0, 1])
def test_all_of_it_can_be_used_in_a_narrow_and_low_window(
    qtbot: QtBot, open_panel: Callable[..., WhatIfPanel], clicks_on_more: int
) -> None:
    panel = open_panel(width=390, height=330)
    for _ in range(clicks_on_more):
        click(qtbot, panel._fields._more)
    type_value(qtbot, panel, "difference_threshold", "3.5")
    panel.show_comparison(Comparison(PAIRS, OWN))
    area = panel.findChild(QScrollArea)
    parts = [area, panel._run, panel._summary, panel._table]
    qtbot.waitUntil(lambda: area.viewport().height() < panel._fields.height())
    assert all(above.geometry().bottom() < below.geometry().top() for above, below in itertools.pairwise(parts))
    assert all(panel.rect().contains(part.geometry()) and part.height() > 15 for part in parts)
    assert panel._fields.minimumSizeHint().width() <= area.viewport().width()
    assert panel._table.rowAt(panel._table.viewport().height() - 1) != 0
