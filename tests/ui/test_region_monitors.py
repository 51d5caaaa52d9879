from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.geometry import Roi
from nhem_qt.ui.region_monitors import dead_areas, touched_monitors

LEFT, RIGHT = Roi(-20, 3, 0, 15), Roi(0, -4, 12, 8)


@st.composite
def rectangles(draw: st.DrawFn) -> Roi:
    x1, y1 = draw(st.integers(-12, 10)), draw(st.integers(-12, 10))
    return Roi(x1, y1, draw(st.integers(x1 + 1, 12)), draw(st.integers(y1 + 1, 12)))


def pixels(roi: Roi) -> set[tuple[int, int]]:
    return {(x, y) for x in range(roi.x1, roi.x2) for y in range(roi.y1, roi.y2)}


@given(rectangles(), st.lists(rectangles(), min_size=1, max_size=4))
def test_dead_areas_are_the_pixels_on_no_monitor_each_once(bounds: Roi, monitors: list[Roi]) -> None:
    areas = dead_areas(bounds, monitors)
    seen = set().union(*(pixels(monitor) for monitor in monitors))
    assert set().union(*(pixels(area) for area in areas)) == pixels(bounds) - seen
    assert sum(area.area_px for area in areas) == len(pixels(bounds) - seen)


def test_without_monitors_nothing_is_known_to_be_dead() -> None:
    assert dead_areas(Roi(0, 0, 10, 10), ()) == []


def test_monitors_are_counted_from_one_and_a_mere_touch_of_the_edge_is_none() -> None:
    assert touched_monitors(Roi(-5, 4, 0, 8), (LEFT, RIGHT)) == [1]
    assert touched_monitors(Roi(0, 4, 5, 8), (LEFT, RIGHT)) == [2]
    assert touched_monitors(Roi(-1, 7, 1, 8), (LEFT, RIGHT)) == [1, 2]
    assert touched_monitors(Roi(-20, -4, 0, 3), (LEFT, RIGHT)) == []
