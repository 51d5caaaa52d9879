"""The laws of rectangles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.errors import NhemError
from nhem_qt.geometry import InvalidRoiError, Roi

COORDINATES = st.integers(-20_000, 20_000)
SIZES = st.integers(1, 5_000)


@st.composite
def rois(draw: st.DrawFn, sizes: st.SearchStrategy[int] = SIZES) -> Roi:
    x1, y1 = draw(COORDINATES), draw(COORDINATES)
    return Roi(x1, y1, x1 + draw(sizes), y1 + draw(sizes))


@given(rois(st.integers(50, 5_000)))
def test_the_centre_is_50_x_50_px_at_x1_plus_half_the_width_minus_25(roi: Roi) -> None:
    x1, y1 = roi.x1 + roi.width // 2 - 25, roi.y1 + roi.height // 2 - 25
    assert roi.centre() == Roi(x1, y1, x1 + 50, y1 + 50)


@given(rois())
def test_the_centre_lies_inside(roi: Roi) -> None:
    assert roi.contains(roi.centre())


@given(rois(), st.integers(1, 200))
def test_a_centre_of_any_size_is_a_square_inside_with_margins_equal_to_one_pixel(roi: Roi, size_px: int) -> None:
    centre = roi.centre(size_px)
    assert roi.contains(centre)
    if centre != roi:
        assert (centre.width, centre.height) == (size_px, size_px)
        assert abs((centre.x1 - roi.x1) - (roi.x2 - centre.x2)) <= 1
        assert abs((centre.y1 - roi.y1) - (roi.y2 - centre.y2)) <= 1


@pytest.mark.parametrize(("width", "height"), [(1, 1), (49, 400), (400, 49), (50, 49), (49, 49), (50, 50)])
def test_the_centre_is_the_whole_rectangle_where_50_x_50_px_do_not_fit(width: int, height: int) -> None:
    roi = Roi(-7, 3, -7 + width, 3 + height)
    assert roi.centre() == roi


def test_the_centre_of_the_users_example_is_the_focus() -> None:
    assert Roi(849, 165, 1209, 525).centre() == Roi(1004, 320, 1054, 370)


def test_odd_sizes_round_down() -> None:
    assert Roi(0, 0, 101, 103).centre() == Roi(25, 26, 75, 76)


def test_coordinates_may_be_negative() -> None:
    roi = Roi(-1920, -300, -1820, -200)
    assert (roi.width, roi.height, roi.area_px) == (100, 100, 10_000)
    assert roi.centre() == Roi(-1895, -275, -1845, -225)


@given(rois(), rois())
def test_clamping_keeps_exactly_the_common_pixels(roi: Roi, bounds: Roi) -> None:
    columns = set(range(roi.x1, roi.x2)) & set(range(bounds.x1, bounds.x2))
    rows = set(range(roi.y1, roi.y2)) & set(range(bounds.y1, bounds.y2))
    inside = roi.clamp(bounds)
    if columns and rows:
        assert inside == Roi(min(columns), min(rows), max(columns) + 1, max(rows) + 1)
    else:
        assert inside is None


@given(rois(), rois())
def test_what_is_clamped_lies_in_both_and_is_clamped_already(roi: Roi, bounds: Roi) -> None:
    inside = roi.clamp(bounds)
    if inside is not None:
        assert roi.contains(inside)
        assert bounds.contains(inside)
        assert inside.clamp(bounds) == inside


def test_rectangles_that_only_touch_have_no_pixel_in_common() -> None:
    assert Roi(0, 0, 10, 10).clamp(Roi(10, 0, 20, 10)) is None
    assert Roi(0, 0, 10, 10).clamp(Roi(0, 10, 10, 20)) is None


@given(rois(), COORDINATES, COORDINATES)
def test_moving_keeps_the_size_and_back_again_is_where_it_was(roi: Roi, dx_px: int, dy_px: int) -> None:
    moved = roi.moved(dx_px, dy_px)
    assert (moved.x1 - roi.x1, moved.y1 - roi.y1) == (dx_px, dy_px)
    assert (moved.width, moved.height) == (roi.width, roi.height)
    assert moved.moved(-dx_px, -dy_px) == roi


@given(rois())
def test_what_is_written_is_read_back(roi: Roi) -> None:
    assert Roi.parse(str(roi)) == roi


def test_blanks_around_numbers_do_not_matter() -> None:
    assert Roi.parse(" -10, 0 ,90,\t80") == Roi(-10, 0, 90, 80)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "1;2;3;4", "1,2,3,x", "1.5,2,3,4", "1,2,3,", "9" * 5000])
def test_text_that_is_no_rectangle_is_an_error_that_says_what_to_give(text: str) -> None:
    with pytest.raises(InvalidRoiError, match="four whole numbers X1,Y1,X2,Y2"):
        Roi.parse(text)


@given(COORDINATES, COORDINATES, st.integers(-50, 50), st.integers(-50, 50))
def test_only_a_rectangle_with_pixels_can_be_made(x1: int, y1: int, width: int, height: int) -> None:
    if width > 0 and height > 0:
        assert Roi(x1, y1, x1 + width, y1 + height).area_px == width * height
    else:
        with pytest.raises(InvalidRoiError, match="holds no pixel: x2 must be greater than x1"):
            Roi(x1, y1, x1 + width, y1 + height)


def test_an_invalid_rectangle_is_an_error_for_users_and_for_validators() -> None:
    assert issubclass(InvalidRoiError, NhemError)
    assert issubclass(InvalidRoiError, ValueError)
