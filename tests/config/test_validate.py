"""ROIs against the monitors of a desktop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.config import RoiConfig, validate_roi_coordinates
from nhem_qt.geometry import Roi

MAIN = Roi(0, 0, 1920, 1080)
LEFT = Roi(-1280, 200, 0, 1224)  # lower than the main monitor, and reaching below it
UPPER = Roi(300, -900, 1500, 0)


def test_a_roi_on_the_screen_stays_without_a_word() -> None:
    result = validate_roi_coordinates(Roi(10, 10, 310, 210), [MAIN])
    assert (result.valid, result.adjusted, result.messages) == (True, Roi(10, 10, 310, 210), ())


def test_a_roi_of_the_configuration_is_taken_as_well() -> None:
    assert validate_roi_coordinates(RoiConfig(x1=10, y1=10, x2=310, y2=210), [MAIN]).adjusted == Roi(10, 10, 310, 210)


@pytest.mark.parametrize("roi", [Roi(-1280, 200, -980, 400), Roi(400, -900, 700, -700), Roi(-100, 300, 100, 500)])
def test_negative_coordinates_and_rois_across_monitors_are_fine(roi: Roi) -> None:
    assert validate_roi_coordinates(roi, [MAIN, LEFT, UPPER]).adjusted == roi


@pytest.mark.parametrize(
    ("roi", "adjusted"),
    [
        (Roi(1800, 1000, 2100, 1200), Roi(1800, 1000, 1920, 1080)),
        (Roi(-5000, -5000, 5000, 5000), MAIN),
        (Roi(-50, 100, 250, 300), Roi(0, 100, 250, 300)),
    ],
)
def test_what_lies_beyond_is_cut_off_and_the_message_names_old_and_new(roi: Roi, adjusted: Roi) -> None:
    result = validate_roi_coordinates(roi, [MAIN])
    assert (result.valid, result.adjusted) == (True, adjusted)
    message = f"ROI {roi} reaches beyond the monitor 0,0,1920,1080: it is adjusted to {adjusted}"
    assert result.messages == (message,)


@pytest.mark.parametrize("roi", [Roi(1920, 0, 2000, 100), Roi(-300, -300, -1, -1)])
def test_a_roi_beyond_all_monitors_is_not_valid_and_the_message_says_what_to_do(roi: Roi) -> None:
    result = validate_roi_coordinates(roi, [MAIN])
    assert (result.valid, result.adjusted) == (False, None)
    message = f"ROI {roi} lies outside of the monitor 0,0,1920,1080: select a region on the screen"
    assert result.messages == (message,)


def test_a_roi_in_the_dead_area_between_monitors_is_not_valid() -> None:
    result = validate_roi_coordinates(Roi(-500, 0, -100, 190), [MAIN, LEFT])
    assert (result.valid, result.adjusted) == (False, None)
    assert "lies outside of the monitors 0,0,1920,1080 and -1280,200,0,1224: select" in result.messages[0]


def test_a_roi_is_cut_to_where_there_is_a_picture_not_to_the_box_around_all_monitors() -> None:
    assert validate_roi_coordinates(Roi(100, 1000, 400, 1200), [MAIN, LEFT]).adjusted == Roi(100, 1000, 400, 1080)


def test_a_roi_with_a_part_in_the_dead_area_is_told() -> None:
    result = validate_roi_coordinates(Roi(-100, 100, 100, 400), [MAIN, LEFT])
    assert result.adjusted == Roi(-100, 100, 100, 400)
    assert result.messages == ("A part of ROI -100,100,100,400 lies between the monitors, where there is no picture",)


def test_mirrored_monitors_count_once() -> None:
    assert validate_roi_coordinates(Roi(10, 10, 310, 210), [MAIN, MAIN]).messages == ()


@pytest.mark.parametrize(("width", "height"), [(49, 50), (300, 20), (1, 1)])
def test_a_small_roi_is_measured_as_a_whole_and_that_is_told(width: int, height: int) -> None:
    roi = Roi(0, 0, width, height)
    result = validate_roi_coordinates(roi, [MAIN])
    assert (result.valid, result.adjusted) == (True, roi)
    message = f"ROI {roi} is smaller than 50x50 px: all of it ({width}x{height} px) is measured"
    assert result.messages == (message,)


@pytest.mark.parametrize(("left_px", "valid"), [(1, False), (7, False), (8, True)])
def test_a_sliver_that_clamping_leaves_is_not_measured(left_px: int, valid: bool) -> None:  # noqa: FBT001 - a case
    result = validate_roi_coordinates(Roi(1920 - left_px, 100, 2200, 400), [MAIN])
    assert result.valid is valid
    if not valid:
        assert result.adjusted is None
        assert result.messages[0].startswith(f"Only {left_px}x300 px of ROI ")
        assert result.messages[0].endswith("too little to measure: select a region on the screen")


def test_without_a_monitor_nothing_is_valid() -> None:
    result = validate_roi_coordinates(MAIN, [])
    assert (result.valid, result.adjusted) == (False, None)
    assert "no monitor is known" in result.messages[0]


ROIS = st.builds(
    lambda x, y, width, height: Roi(x, y, x + width, y + height),
    st.integers(-3000, 3000),
    st.integers(-3000, 3000),
    st.integers(1, 2000),
    st.integers(1, 2000),
)


@given(roi=ROIS, monitors=st.lists(ROIS, max_size=3))
def test_what_is_measured_lies_in_the_roi_touches_a_monitor_and_is_no_sliver_that_clamping_made(
    roi: Roi, monitors: list[Roi]
) -> None:
    result = validate_roi_coordinates(roi, monitors)
    assert result.valid == (result.adjusted is not None)
    if result.adjusted is None:
        assert result.messages
        return
    assert roi.contains(result.adjusted)
    assert any(result.adjusted.clamp(monitor) for monitor in monitors)
    assert result.adjusted == roi or any(f"{roi} " in message for message in result.messages)
    assert result.adjusted == roi or min(result.adjusted.width, result.adjusted.height) >= min(8, roi.width, roi.height)
    assert validate_roi_coordinates(result.adjusted, monitors).adjusted == result.adjusted
