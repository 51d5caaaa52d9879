"""Logical and device pixels. Run as a script, it is the child of the test with two real Qt screens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication

from nhem_qt.geometry import Roi
from nhem_qt.ui.screens import (
    LogicalRect,
    Screen,
    covers,
    device_rect,
    match_monitors,
    place_off,
    read_screens,
    squeeze_off,
)

if TYPE_CHECKING:
    from pathlib import Path

RATIOS = st.sampled_from([1.0, 1.25, 1.5, 2.0])
PRIMARY = Screen(LogicalRect(0, 0, 1920, 1080), LogicalRect(0, 0, 1920, 1040), (0, 0), 1.0)
SECOND = Screen(LogicalRect(-1280, 0, 1280, 720), LogicalRect(-1280, 0, 1280, 720), (-2560, 0), 2.0)


@st.composite
def screens(draw: st.DrawFn, largest: int = 4000) -> Screen:
    left, top = draw(st.integers(-3000, 3000)), draw(st.integers(-3000, 3000))
    width, height = draw(st.integers(20, largest)), draw(st.integers(20, largest))
    bar_width, bar_height = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    origin_px = draw(st.tuples(st.integers(-5000, 5000), st.integers(-5000, 5000)))
    available = LogicalRect(left + bar_width, top, width - bar_width, height - bar_height)
    return Screen(LogicalRect(left, top, width, height), available, origin_px, draw(RATIOS))


@st.composite
def regions_on(draw: st.DrawFn, screen: Screen) -> Roi:
    whole = screen.device_rect(screen.geometry)
    x1, y1 = draw(st.integers(whole.x1, whole.x2 - 1)), draw(st.integers(whole.y1, whole.y2 - 1))
    return Roi(x1, y1, draw(st.integers(x1 + 1, whole.x2)), draw(st.integers(y1 + 1, whole.y2)))


def test_positions_follow_the_formula_of_the_screen() -> None:
    assert SECOND.to_device(-1280, 0) == (-2560, 0)
    assert SECOND.to_device(-1270, 5) == (-2540, 10)
    assert PRIMARY.to_device(100, 200) == (100, 200)


@given(screens(), st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_there_and_back_is_the_same_position(screen: Screen, x: float, y: float) -> None:
    assert screen.to_logical(*screen.to_device(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(screens(), st.data())
def test_a_logical_rectangle_holds_every_device_pixel_it_touches(screen: Screen, data: st.DataObject) -> None:
    left, top = data.draw(st.integers(-100, 100)), data.draw(st.integers(-100, 100))
    rect = LogicalRect(left, top, data.draw(st.integers(1, 100)), data.draw(st.integers(1, 100)))
    touched = screen.device_rect(rect)
    x1, y1 = screen.to_device(rect.left, rect.top)
    x2, y2 = screen.to_device(rect.right, rect.bottom)
    assert 0 <= x1 - touched.x1 < 1
    assert 0 <= y1 - touched.y1 < 1
    assert 0 <= touched.x2 - x2 < 1
    assert 0 <= touched.y2 - y2 < 1


def test_a_window_is_measured_on_the_screen_with_its_centre() -> None:
    both = [PRIMARY, SECOND]
    assert device_rect(LogicalRect(-300, 0, 400, 100), both) == Roi(-600, 0, 200, 200)
    assert device_rect(LogicalRect(-100, 0, 400, 100), both) == Roi(-100, 0, 300, 100)
    assert device_rect(LogicalRect(9000, 0, 10, 10), both) == Roi(9000, 0, 9010, 10)


def test_a_window_that_only_touches_the_region_does_not_cover_it() -> None:
    region = Roi(100, 100, 200, 200)
    assert not covers(Roi(200, 100, 300, 200), region)
    assert not covers(Roi(100, 0, 200, 100), region)
    assert covers(Roi(199, 199, 300, 300), region)


def window_at(place: tuple[int, int], size: tuple[int, int]) -> LogicalRect:
    return LogicalRect(*place, *size)


@given(screens(), st.data())
def test_a_placed_window_covers_nothing_and_is_wholly_on_the_screen(screen: Screen, data: st.DataObject) -> None:
    region = data.draw(regions_on(screen))
    size = data.draw(st.tuples(st.integers(1, screen.geometry.width), st.integers(1, screen.geometry.height)))
    place = place_off(size, region, [screen])
    assume(place is not None)
    window = window_at(place, size)
    assert not covers(screen.device_rect(window), region)
    assert screen.available.left <= window.left <= window.right <= screen.available.right
    assert screen.available.top <= window.top <= window.bottom <= screen.available.bottom


@given(screens(largest=40), st.data())
def test_no_place_is_given_only_if_there_is_none(screen: Screen, data: st.DataObject) -> None:
    region = data.draw(regions_on(screen))
    width, height = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    room = screen.available
    free = [
        (x, y)
        for x in range(room.left, room.right - width + 1)
        for y in range(room.top, room.bottom - height + 1)
        if not covers(screen.device_rect(LogicalRect(x, y, width, height)), region)
    ]
    place = place_off((width, height), region, [screen])
    assert (place is not None) == bool(free)
    assert place is None or place in free


def test_another_screen_is_used_when_the_first_is_full() -> None:
    assert place_off((1000, 700), Roi(0, 0, 1920, 1080), [PRIMARY, SECOND]) == (-1000, 0)


def test_the_window_goes_right_of_the_region_where_there_is_room() -> None:
    assert place_off((600, 800), Roi(100, 100, 900, 900), [PRIMARY, SECOND]) == (1320, 0)


def test_a_window_without_room_is_made_smaller_as_little_as_goes() -> None:
    region = Roi(849, 165, 1209, 525)
    assert place_off((1500, 880), region, [PRIMARY]) is None
    assert squeeze_off((1500, 880), (720, 600), region, [PRIMARY]) == LogicalRect(0, 0, 849, 880)
    assert squeeze_off((1500, 880), (720, 500), region, [PRIMARY]) == LogicalRect(0, 525, 1500, 515)
    assert squeeze_off((1500, 880), (900, 600), region, [PRIMARY]) is None


@given(
    st.integers(-100, 2000),
    st.integers(-100, 1100),
    st.integers(1, 2000),
    st.integers(1, 1100),
    st.sampled_from((1, 1.5, 2)),
)
def test_a_window_made_smaller_hides_nothing(x: int, y: int, width: int, height: int, ratio: float) -> None:
    whole = LogicalRect(0, 0, 1920, 1080)
    screen = Screen(whole, whole, (0, 0), ratio)
    region = Roi(x, y, x + width, y + height)
    rect = squeeze_off((1500, 880), (300, 200), region, [screen])
    if rect is not None:
        assert not covers(screen.device_rect(rect), region)
        assert rect.width >= 300
        assert rect.height >= 200
        assert 0 <= rect.left <= rect.right <= 1920
        assert 0 <= rect.top <= rect.bottom <= 1080


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_monitors_are_matched_by_place_whatever_their_order(order: tuple[int, int]) -> None:
    monitors = [Roi(0, 0, 1920, 1080), Roi(1920, 0, 3840, 1080)]
    listed = [monitors[index] for index in order]
    screens = [(LogicalRect(0, 0, 1280, 720), 1.5), (LogicalRect(1920, 0, 1920, 1080), 1.0)]
    assert match_monitors(screens, listed) == [(monitors[0], 1.5), (monitors[1], 1.0)]


def test_monitors_are_matched_by_size_where_the_places_disagree() -> None:
    screens = [(LogicalRect(0, 0, 1093, 614), 1.25), (LogicalRect(1093, 0, 1920, 1080), 2.0)]
    monitors = [Roi(1366, 0, 5206, 2160), Roi(0, 0, 1366, 768)]
    assert match_monitors(screens, monitors) == [(monitors[1], 1.25), (monitors[0], 2.0)]


def test_monitors_of_one_size_are_matched_in_order() -> None:
    screens = [(LogicalRect(0, 0, 960, 540), 2.0), (LogicalRect(960, 0, 960, 540), 2.0)]
    monitors = [Roi(0, 0, 1920, 1080), Roi(1920, 0, 3840, 1080)]
    assert [monitor for monitor, _ in match_monitors(screens, monitors)] == monitors


def test_the_ratio_is_measured_where_the_capture_counts_otherwise_than_qt() -> None:
    points = Roi(0, 0, 1440, 900)
    assert match_monitors([(LogicalRect(0, 0, 1440, 900), 2.0)], [points]) == [(points, 1.0)]


def test_a_screen_without_monitor_is_taken_as_qt_tells_it() -> None:
    assert match_monitors([(LogicalRect(100, 0, 960, 540), 2.0)], []) == [(Roi(100, 0, 2020, 1080), 2.0)]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), max_size=4), st.integers(0, 4))
def test_no_monitor_is_given_away_twice(sizes: list[tuple[int, int]], count: int) -> None:
    screens = [(LogicalRect(place * 1000, 0, size * 100, 100), 1.0) for size, place in sizes]
    monitors = [Roi(index * 1000, 0, index * 1000 + 200, 100) for index in range(count)]
    given_away = [monitor for monitor, _ in match_monitors(screens, monitors) if monitor in monitors]
    unmatched = len(screens) - min(len(screens), count)
    assert len(given_away) - len(set(given_away)) <= unmatched


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_the_screens_of_qt_lie_on_the_monitors(ratio: float, tmp_path: Path) -> None:
    layout = [
        {
            "name": name,
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            "logicalDpi": 96,
            "logicalBaseDpi": 96,
            "dpr": 1,
        }
        for name, x, y, width, height in (("a", 0, 0, 1920, 1080), ("b", 1920, 120, 1280, 720))
    ]
    (tmp_path / "screens.json").write_text(json.dumps({"screens": layout}))
    # By its bare name from its own folder: the platform's options are split at colons.
    platform = {"QT_QPA_PLATFORM": "offscreen:configfile=screens.json", "QT_SCALE_FACTOR": str(ratio)}
    child = subprocess.run(
        [sys.executable, __file__, str(ratio)],
        env=os.environ | platform,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == 0, child.stderr


def prove_screens(ratio: float) -> None:
    _application = QGuiApplication([])
    monitors = [Roi(1920, 120, 3200, 840), Roi(0, 0, 1920, 1080)]
    first, second = read_screens(monitors)
    assert (first.origin_px, first.ratio) == ((0, 0), ratio), first
    assert (second.origin_px, second.ratio) == ((1920, 120), ratio), second
    assert first.device_rect(first.geometry) == Roi(0, 0, 1920, 1080), first
    far_corner = second.device_rect(second.geometry)
    assert (far_corner.x1, far_corner.y1) == (1920, 120)
    assert abs(far_corner.x2 - 3200) <= 1
    assert far_corner.y2 == 840


if __name__ == "__main__":
    prove_screens(float(sys.argv[1]))
