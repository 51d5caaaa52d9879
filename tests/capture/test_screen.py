"""The screen source on a real X server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nhem_qt.capture import CaptureError, ScreenSource
from nhem_qt.frame import Pixels, SourceKind
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the tests' own screen is an X server")

SCREEN = Roi(0, 0, 320, 200)


def pattern(roi: Roi) -> Pixels:
    """Blue, green and red that the pattern's window shows at `roi`."""
    y, x = np.mgrid[roi.y1 : roi.y2, roi.x1 : roi.x2]
    return np.stack([x % 256, y % 256, (x * 7 + y * 13) % 256], axis=-1).astype(np.uint8)


@pytest.fixture
def source(screen: str) -> Iterator[ScreenSource]:  # noqa: ARG001 - the display must be set
    source = ScreenSource()
    yield source
    source.close()


@pytest.mark.parametrize(
    "roi",
    [
        SCREEN,
        Roi(0, 0, 1, 1),
        Roi(319, 199, 320, 200),
        Roi(17, 31, 67, 81),
        Roi(100, 0, 101, 200),
        Roi(0, 150, 320, 151),
        Roi(3, 5, 16, 12),
    ],
    ids=str,
)
def test_exactly_the_pixels_of_the_rectangle_are_grabbed(source: ScreenSource, roi: Roi) -> None:
    frame = source.grab(roi)
    assert (frame.roi, frame.source) == (roi, SourceKind.SCREEN)
    assert frame.pixels.shape == (roi.height, roi.width, 4)
    assert np.array_equal(frame.pixels[..., :3], pattern(roi))


def test_a_grab_fetches_no_more_than_the_rectangle_and_is_not_copied(source: ScreenSource) -> None:
    roi = Roi(40, 50, 90, 100)
    pixels = source.grab(roi).pixels
    assert pixels.base is not None
    assert memoryview(pixels.base).nbytes == roi.area_px * 4


def test_a_grab_is_not_overwritten_by_the_next_one(source: ScreenSource) -> None:
    first = source.grab(Roi(0, 0, 50, 50))
    source.grab(Roi(100, 100, 150, 150))
    assert np.array_equal(first.pixels[..., :3], pattern(first.roi))


def test_a_small_grab_and_the_crop_of_a_large_one_have_the_same_gray_value(source: ScreenSource) -> None:
    assert source.grab(SCREEN).crop(SCREEN.centre()).gray == source.grab(SCREEN.centre()).gray


def test_the_bounds_are_the_whole_screen(source: ScreenSource) -> None:
    assert source.bounds == SCREEN
    assert source.monitors == (SCREEN,)


def test_the_frame_carries_the_time_of_the_clock(screen: str) -> None:  # noqa: ARG001 - the display must be set
    source = ScreenSource(clock=lambda: 12.5)
    try:
        assert source.grab(Roi(0, 0, 5, 5)).t_s == 12.5
    finally:
        source.close()


@pytest.mark.parametrize(
    "roi", [Roi(400, 0, 450, 50), Roi(300, 0, 350, 50), Roi(-20, 0, 30, 50), Roi(0, 190, 10, 210)], ids=str
)
def test_a_region_off_the_screen_is_an_error_and_the_next_grab_is_good_again(source: ScreenSource, roi: Roi) -> None:
    with pytest.raises(CaptureError, match=f"region {roi} cannot be grabbed: check"):
        source.grab(roi)
    good = Roi(10, 20, 60, 70)
    assert np.array_equal(source.grab(good).pixels[..., :3], pattern(good))


def test_a_screen_that_gives_another_size_than_asked_for_is_an_error(
    source: ScreenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = source._grabber._open()
    grab = handle.grab
    monkeypatch.setattr(handle, "grab", lambda box: grab((0, 0, 2 * box[2], 2 * box[3])))
    with pytest.raises(CaptureError, match="gives 80x60 px for a region of 40x30 px: set the display scaling to 100 %"):
        source.grab(Roi(0, 0, 40, 30))


def test_without_a_display_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(CaptureError, match="run the program in a desktop session"):
        ScreenSource()


def test_a_display_that_nobody_serves_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":65000")
    with pytest.raises(CaptureError, match="run the program in a desktop session"):
        ScreenSource()


def test_a_lost_connection_is_a_capture_error_on_every_grab(mortal_screen: Callable[[], None]) -> None:
    source = ScreenSource()
    source.grab(Roi(0, 0, 10, 10))
    mortal_screen()
    for _ in range(3):
        with pytest.raises(CaptureError, match="cannot be grabbed"):
            source.grab(Roi(0, 0, 10, 10))
    source.close()


def test_a_connection_lost_before_the_bounds_are_asked_for_is_a_capture_error(
    mortal_screen: Callable[[], None],
) -> None:
    source = ScreenSource()
    mortal_screen()
    with pytest.raises(CaptureError, match="cannot be grabbed"):
        _ = source.bounds
    with pytest.raises(CaptureError, match="cannot be grabbed"):
        _ = source.monitors
    source.close()


def test_after_a_lost_connection_another_screen_is_grabbed_at_once(
    mortal_screen: Callable[[], None], x_display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScreenSource()
    mortal_screen()
    monkeypatch.setenv("DISPLAY", x_display)
    roi = Roi(5, 6, 55, 56)
    with pytest.raises(CaptureError):
        source.grab(roi)
    assert np.array_equal(source.grab(roi).pixels[..., :3], pattern(roi))
    source.close()


def test_closing_twice_does_no_harm(screen: str) -> None:  # noqa: ARG001 - the display must be set
    source = ScreenSource()
    source.close()
    source.close()


def test_no_handle_is_left_open_by_failing_and_closing(screen: str) -> None:  # noqa: ARG001 - the display must be set
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    source = ScreenSource()
    source.grab(SCREEN)
    source.close()
    before = open_files()
    for _ in range(5):
        source = ScreenSource()
        with pytest.raises(CaptureError):
            source.grab(Roi(-5, -5, 5, 5))
        source.grab(SCREEN)
        source.close()
    assert open_files() == before
