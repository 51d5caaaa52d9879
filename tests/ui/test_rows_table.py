"""Lists show their rows as they are now, and make them once while they are in view."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.ui.rows_table import Column, RowsModel, RowsTable

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def shown(model: RowsModel[str]) -> list[str]:
    return [model.index(place, 0).data() for place in range(model.rowCount())]


def model_that_counts(made: Counter[str]) -> RowsModel[str]:
    def text(row: str) -> str:
        made[row] += 1
        return row

    return RowsModel([Column("row", "", text)])


@given(st.lists(st.tuples(st.sampled_from(["append", "insert", "set", "remove", "show"]), st.integers(0, 9))))
def test_whatever_is_done_to_the_rows_they_are_shown_as_they_are(changes: list[tuple[str, int]]) -> None:
    model = RowsModel([Column("row", "", str)])
    rows: list[str] = []
    for number, (change, place) in enumerate(changes):
        row = f"row {number}"
        match change:
            case "append":
                rows.append(row)
                model.append(row)
            case "insert" if place <= len(rows):
                rows.insert(place, row)
                model.insert_at(place, row)
            case "set" if place < len(rows):
                rows[place] = row
                model.set_at(place, row)
            case "remove" if place < len(rows):
                del rows[place]
                model.remove_at(place)
            case "show":
                rows = [row] * place
                model.show_rows(rows)
        assert shown(model) == rows


def test_painting_a_list_again_makes_no_row_anew(qtbot: QtBot) -> None:
    made: Counter[str] = Counter()
    table = RowsTable(model := model_that_counts(made))
    qtbot.addWidget(table)
    for number in range(5):
        model.append(f"row {number}")
        table.grab()
    table.grab()
    assert made == Counter(f"row {number}" for number in range(5))


def test_of_a_long_list_only_what_was_looked_at_last_is_held() -> None:
    made: Counter[str] = Counter()
    model = model_that_counts(made)
    model.show_rows(f"row {number}" for number in range(1000))
    for _ in range(2):
        shown(model)
    assert set(made.values()) == {2}
