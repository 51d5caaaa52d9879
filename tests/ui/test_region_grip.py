from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from nhem_qt.geometry import Roi
from nhem_qt.ui.region_grip import MOVE, Grip, facing, grip_at, held_border, moved_inside, pulled, stretched

BOUNDS = Roi(-100, -50, 100, 90)
GRIPS = st.builds(Grip, st.integers(-1, 1), st.integers(-1, 1))
EDGES = GRIPS.filter(lambda grip: grip != MOVE)
BORDERS = st.tuples(st.integers(-200, 200), st.integers(-200, 200))
SIDES = st.floats(0.5, 900)


@st.composite
def regions(draw: st.DrawFn) -> Roi:
    x1, y1 = draw(st.integers(BOUNDS.x1, BOUNDS.x2 - 1)), draw(st.integers(BOUNDS.y1, BOUNDS.y2 - 1))
    return Roi(x1, y1, draw(st.integers(x1 + 1, BOUNDS.x2)), draw(st.integers(y1 + 1, BOUNDS.y2)))


# What is taken


@given(SIDES, SIDES, EDGES)
def test_every_handle_is_found_where_it_is_drawn_and_within_comfortable_reach(
    width: float, height: float, grip: Grip
) -> None:
    place = 100.0, 100.0, 100 + width, 100 + height
    middle = 100 + width / 2, 100 + height / 2
    for outside in (0.0, 5.0, 11.9):
        x = middle[0] + grip.across * (width / 2 + outside)
        y = middle[1] + grip.down * (height / 2 + outside)
        assert grip_at(x, y, place) == grip


@given(SIDES, SIDES)
def test_the_middle_moves_however_small_the_region_is(width: float, height: float) -> None:
    place = -7.0, 3.0, -7 + width, 3 + height
    for x in (0.26, 0.5, 0.74):
        for y in (0.26, 0.5, 0.74):
            assert grip_at(-7 + x * width, 3 + y * height, place) == MOVE


@given(SIDES, SIDES, EDGES)
def test_off_the_reach_of_the_handles_a_new_region_begins(width: float, height: float, grip: Grip) -> None:
    place = 100.0, 100.0, 100 + width, 100 + height
    x = 100 + width / 2 + grip.across * (width / 2 + 12.1)
    y = 100 + height / 2 + grip.down * (height / 2 + 12.1)
    assert grip_at(x, y, place) is None


# What comes of it


@given(regions(), GRIPS)
def test_nothing_jumps_when_a_drag_begins(roi: Roi, grip: Grip) -> None:
    assert pulled(roi, grip, held_border(roi, grip), BOUNDS) == roi
    assert facing(roi, grip, held_border(roi, grip)) == grip


@given(regions(), EDGES, BORDERS)
def test_pulled_edges_are_where_the_mouse_is_and_the_others_stay(roi: Roi, grip: Grip, border: tuple[int, int]) -> None:
    after = pulled(roi, grip, border, BOUNDS)
    assume(after is not None)
    for edge, mouse, old, new, least, most in (
        (grip.across, border[0], (roi.x1, roi.x2), (after.x1, after.x2), BOUNDS.x1, BOUNDS.x2),
        (grip.down, border[1], (roi.y1, roi.y2), (after.y1, after.y2), BOUNDS.y1, BOUNDS.y2),
    ):
        fixed = old[0] if edge > 0 else old[1]
        wanted = old if edge == 0 else tuple(sorted((fixed, min(max(mouse, least), most))))
        assert new == wanted


@given(regions(), EDGES)
def test_an_edge_pulled_onto_the_one_opposite_leaves_no_pixel(roi: Roi, grip: Grip) -> None:
    assert pulled(roi, grip, held_border(roi, Grip(-grip.across, -grip.down)), BOUNDS) is None


@given(regions(), EDGES)
def test_an_edge_pulled_past_the_one_opposite_becomes_that(roi: Roi, grip: Grip) -> None:
    x, y = held_border(roi, Grip(-grip.across, -grip.down))
    assert facing(roi, grip, (x - grip.across, y - grip.down)) == Grip(-grip.across, -grip.down)


@given(regions(), BORDERS)
def test_a_moved_region_keeps_its_size_and_stays_inside_as_near_as_goes(roi: Roi, way: tuple[int, int]) -> None:
    moved = moved_inside(roi, *way, BOUNDS)
    assert (moved.width, moved.height) == (roi.width, roi.height)
    assert BOUNDS.contains(moved)
    if BOUNDS.contains(roi.moved(*way)):
        assert moved == roi.moved(*way)
    assert pulled(roi, MOVE, (roi.x1 + way[0], roi.y1 + way[1]), BOUNDS) == moved


@given(regions(), BORDERS)
def test_stretching_moves_the_right_and_lower_edge_only_and_leaves_a_pixel(roi: Roi, way: tuple[int, int]) -> None:
    after = stretched(roi, *way, BOUNDS)
    assert (after.x1, after.y1) == (roi.x1, roi.y1)
    assert BOUNDS.contains(after)
    assert after.x2 == min(max(roi.x2 + way[0], roi.x1 + 1), BOUNDS.x2)
    assert after.y2 == min(max(roi.y2 + way[1], roi.y1 + 1), BOUNDS.y2)
