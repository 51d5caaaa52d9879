from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.geometry import Roi
from nhem_qt.ui.region_grip import MOVE, Grip
from nhem_qt.ui.rubber_band import RubberBand

BOUNDS = Roi(0, 0, 100, 80)
START = Roi(30, 20, 60, 70)
STEPS = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), max_size=8)


def dragged(band: RubberBand, grip: Grip | None, *way: tuple[int, int]) -> bool:
    band.press(way[0], grip)
    for border in way[1:]:
        band.drag(border)
    return band.release()


@given(STEPS)
def test_nudging_keeps_size_and_bounds(steps: list[tuple[int, int]]) -> None:
    band = RubberBand(BOUNDS, START)
    for step in steps:
        band.nudge(*step)
    assert (band.roi.width, band.roi.height) == (30, 50)
    assert band.bounds.contains(band.roi)


def test_a_nudge_tells_whether_it_did_anything() -> None:
    band = RubberBand(BOUNDS, Roi(0, 0, 10, 80))
    assert not band.nudge(-1, 5)
    assert band.nudge(1, 0)
    assert not band.stretch(0, 1)
    assert not RubberBand(BOUNDS).nudge(1, 1)


def test_a_drag_is_one_step_however_long_its_way() -> None:
    band = RubberBand(BOUNDS, START)
    assert dragged(band, MOVE, (30, 20), (31, 21), (50, 9), (40, 10))
    assert band.roi == Roi(40, 10, 70, 60)
    assert band.undo()
    assert band.roi == START
    assert not band.can_undo
    assert band.redo()
    assert band.roi == Roi(40, 10, 70, 60)


def test_nudges_are_one_step_until_they_are_committed() -> None:
    band = RubberBand(BOUNDS, START)
    for _ in range(5):
        band.nudge(1, 0)
    band.commit()
    band.nudge(0, 1)
    band.undo()
    assert band.roi == START.moved(5, 0)
    band.undo()
    assert band.roi == START


def test_a_drag_after_an_uncommitted_change_is_a_step_of_its_own() -> None:
    band = RubberBand(BOUNDS, START)
    band.nudge(5, 0)
    dragged(band, None, (0, 0), (10, 10))
    band.undo()
    assert band.roi == START.moved(5, 0)


def test_nothing_is_undone_redone_or_moved_in_the_middle_of_a_drag() -> None:
    band = RubberBand(BOUNDS, START)
    band.nudge(1, 0)
    band.press((0, 0))
    band.drag((10, 10))
    assert not any([band.undo(), band.redo(), band.nudge(1, 1), band.stretch(1, 1)])
    assert band.roi == Roi(0, 0, 10, 10)


def test_a_drag_that_changes_nothing_is_no_step() -> None:
    band = RubberBand(BOUNDS, START)
    assert not dragged(band, Grip(1, 1), (60, 70), (80, 75), (60, 70))
    assert not dragged(band, None, (5, 5), (5, 9))
    assert not band.can_undo
    assert band.roi == START


def test_a_dropped_drag_leaves_everything_as_it_was() -> None:
    band = RubberBand(BOUNDS, START)
    band.press((60, 70), Grip(1, 1))
    band.drag((80, 75))
    band.drop()
    assert band.roi == START
    assert not band.is_dragging
    assert not band.can_undo


def test_in_a_region_that_fills_the_bounds_a_new_one_is_drawn() -> None:
    place = 0.0, 0.0, 100.0, 80.0
    assert RubberBand(BOUNDS, BOUNDS).grip_at(50, 40, place) is None
    assert RubberBand(BOUNDS, BOUNDS).grip_at(0, 40, place) == Grip(-1, 0)
    assert RubberBand(BOUNDS, Roi(0, 0, 100, 79)).grip_at(50, 40, place) == MOVE
