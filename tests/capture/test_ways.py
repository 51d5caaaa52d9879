"""The ways to the pixels of the screen: which one is taken, and that all give the same."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import tempfile
from types import SimpleNamespace
from typing import TYPE_CHECKING

import mss
import numpy as np
import pytest
from mss.exception import ScreenShotError
from PIL import Image

from nhem_qt.capture import (
    NO_PERMISSION,
    CaptureError,
    DemoSource,
    ScreenSource,
    Way,
    grab_rate_hz,
    is_wayland,
    monitors_now,
    open_source,
    screen_ways,
    start_notices,
)
from nhem_qt.capture.open import SourceChoice
from nhem_qt.capture.permission import may_see_windows
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is one way only")

SCREEN = Roi(0, 0, 320, 200)
ROIS = [SCREEN, Roi(0, 0, 1, 1), Roi(319, 199, 320, 200), Roi(17, 31, 67, 81), Roi(3, 5, 16, 12)]


def way(name: str) -> Way:
    return next(one for one in screen_ways() if one.name == name)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs screenshot programs that do what a line of the shell says; $OUT is their picture's file.

    No others are there, and none of the ways to mistake this session for another kind.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("sh", "cp", "sleep"):
        (folder / tool).symlink_to(shutil.which(tool))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)

    def install(**scripts: str) -> None:
        for name, line in scripts.items():
            path = folder / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\nfor OUT; do :; done\n{line}\n", encoding="utf-8")
            path.chmod(0o755)

    return install


@pytest.fixture
def wayland(monkeypatch: pytest.MonkeyPatch, programs: Callable[..., None]) -> Callable[..., None]:
    """A Wayland session, into which programs can be installed."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    return programs


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """A picture of a screen of 400 x 300 px."""
    y, x = np.mgrid[:300, :400]
    pixels = np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype(np.uint8)
    path = tmp_path / "still.png"
    Image.fromarray(pixels, "RGB").save(path)
    return path


@pytest.fixture
def opened() -> Iterator[Callable[..., ScreenSource]]:
    """Opens screen sources; all are closed in the end."""
    sources = []

    def open_screen(*ways: Way) -> ScreenSource:
        sources.append(ScreenSource(ways=ways or None))
        return sources[-1]

    yield open_screen
    for source in sources:
        source.close()


@pytest.mark.usefixtures("screen")
def test_mss_is_taken_where_it_works(opened: Callable[..., ScreenSource]) -> None:
    assert [one.name for one in screen_ways()][:2] == ["mss", "Pillow"]
    assert opened().way == "mss"


@pytest.mark.parametrize("roi", ROIS, ids=str)
@pytest.mark.usefixtures("screen")
def test_pillow_gives_the_same_pixels_and_gray_value_as_mss(opened: Callable[..., ScreenSource], roi: Roi) -> None:
    first, second = opened(way("mss")).grab(roi), opened(way("Pillow")).grab(roi)
    assert np.array_equal(first.pixels[..., :3], second.pixels[..., :3])
    assert (first.gray, first.roi, first.source) == (second.gray, second.roi, second.source)


@pytest.mark.parametrize("name", ["mss", "Pillow"])
@pytest.mark.usefixtures("screen")
def test_a_grab_has_pixels_of_its_own(opened: Callable[..., ScreenSource], name: str) -> None:
    source = opened(way(name))
    first, second = source.grab(ROIS[0]), source.grab(ROIS[0])
    assert first.is_own
    assert not np.shares_memory(first.pixels, second.pixels)


@pytest.mark.usefixtures("screen")
def test_all_ways_have_the_same_bounds(opened: Callable[..., ScreenSource]) -> None:
    source = opened(way("Pillow"))
    assert source.bounds == opened(way("mss")).bounds == SCREEN
    assert source.monitors == (SCREEN,)


def test_on_a_second_monitor_both_ways_see_the_same(own_display: str, opened: Callable[..., ScreenSource]) -> None:
    xrandr = shutil.which("xrandr")
    if xrandr is None:
        pytest.skip("no xrandr to split a display into monitors")
    for name, place, output in (("left", "200/50x200/50+0+0", "screen"), ("right", "120/30x200/50+200+0", "none")):
        subprocess.run([xrandr, "-d", own_display, "--setmonitor", name, place, output], check=True)
    fast, slow = opened(way("mss")), opened(way("Pillow"))
    assert fast.monitors == (Roi(0, 0, 200, 200), Roi(200, 0, 320, 200))
    assert fast.bounds == slow.bounds == SCREEN
    assert monitors_now() == fast.monitors
    for roi in (Roi(210, 20, 260, 70), Roi(180, 100, 230, 150)):
        assert np.array_equal(fast.grab(roi).pixels[..., :3], slow.grab(roi).pixels[..., :3])


@pytest.mark.parametrize("roi", [Roi(400, 0, 450, 50), Roi(300, 0, 350, 50), Roi(-20, 0, 30, 50)], ids=str)
@pytest.mark.usefixtures("screen")
def test_pillow_refuses_a_region_off_the_screen_and_goes_on(opened: Callable[..., ScreenSource], roi: Roi) -> None:
    source = opened(way("Pillow"))
    with pytest.raises(CaptureError, match=f"region {roi} cannot be grabbed: check"):
        source.grab(roi)
    assert source.grab(SCREEN).pixels.shape == (200, 320, 4)


@pytest.mark.usefixtures("screen", "programs")
def test_where_mss_fails_pillow_is_taken(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> None:
        raise ScreenShotError("Library libxcb-randr.so not found.")

    monkeypatch.setattr(mss, "MSS", refuse)
    with caplog.at_level("INFO", logger="nhem_qt"):
        source = open_source(SourceChoice.parse("screen"))
    assert isinstance(source, ScreenSource)
    assert source.way == "Pillow"
    assert source.grab(Roi(5, 5, 55, 55)).gray > 0
    assert "through mss: Library libxcb-randr.so not found." in caplog.text
    source.close()


@pytest.mark.usefixtures("shallow_screen", "programs")
def test_a_screen_of_too_few_colours_is_an_error_that_says_so() -> None:
    with pytest.raises(CaptureError, match="color depth 24 or 32 are supported, not 16"):
        ScreenSource()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"}, True),
        ({"XDG_SESSION_TYPE": "x11", "DISPLAY": ":0"}, False),
        ({"WAYLAND_DISPLAY": ""}, False),
    ],
)
def test_a_wayland_session_is_known(environment: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    assert is_wayland(environment) is expected


@pytest.mark.usefixtures("black_screen")
def test_under_wayland_a_black_screen_is_not_believed(
    wayland: Callable[..., None], still: Path, opened: Callable[..., ScreenSource]
) -> None:
    wayland(grim=f'cp {still} "$OUT"')
    source = opened()
    assert source.way == "grim"
    assert source.bounds == Roi(0, 0, 400, 300)
    frame = source.grab(Roi(20, 40, 70, 90))
    expected = np.asarray(Image.open(still))[40:90, 20:70, ::-1]
    assert np.array_equal(frame.pixels[..., :3], expected)


def test_the_gray_value_through_a_program_is_pillows_own(
    wayland: Callable[..., None], still: Path, opened: Callable[..., ScreenSource]
) -> None:
    wayland(grim=f'cp {still} "$OUT"')
    with Image.open(still) as image:
        expected = np.asarray(image.convert("L")).mean()
    assert opened().grab(Roi(0, 0, 400, 300)).gray == expected


@pytest.mark.usefixtures("screen")
def test_under_wayland_an_x11_screen_that_shows_something_is_believed(
    wayland: Callable[..., None], still: Path, opened: Callable[..., ScreenSource]
) -> None:
    wayland(grim=f'cp {still} "$OUT"')
    assert opened().way == "mss"


@pytest.mark.usefixtures("black_screen", "programs")
def test_without_wayland_a_black_screen_is_what_it_is(opened: Callable[..., ScreenSource]) -> None:
    assert opened().way == "mss"


@pytest.mark.parametrize(
    "line", ["exit 3", "echo compositor refuses >&2; exit 1", "exit 0", 'echo no picture > "$OUT"']
)
def test_a_program_that_fails_is_passed_over(
    wayland: Callable[..., None], still: Path, opened: Callable[..., ScreenSource], line: str
) -> None:
    wayland(gnome_screenshot=line, spectacle=f'cp {still} "$OUT"')
    assert opened().way == "spectacle"


def test_a_program_that_sees_only_black_is_passed_over(
    wayland: Callable[..., None], still: Path, tmp_path: Path, opened: Callable[..., ScreenSource]
) -> None:
    black = tmp_path / "black.png"
    Image.new("RGB", (400, 300)).save(black)
    wayland(gnome_screenshot=f'cp {black} "$OUT"', grim=f'cp {still} "$OUT"')
    assert opened().way == "grim"


def test_a_program_that_hangs_is_ended_and_passed_over(
    wayland: Callable[..., None], still: Path, opened: Callable[..., ScreenSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhem_qt.capture.picture_grabber._PATIENCE_S", 0.3)
    wayland(gnome_screenshot="exec sleep 60", grim=f'cp {still} "$OUT"')
    assert opened().way == "grim"


def test_a_program_that_fails_later_is_a_capture_error_and_then_good_again(
    wayland: Callable[..., None], still: Path, opened: Callable[..., ScreenSource]
) -> None:
    wayland(grim=f'cp {still} "$OUT"')
    source = opened()
    wayland(grim="exit 1")
    with pytest.raises(CaptureError, match="cannot be grabbed: check that the screen is unlocked"):
        source.grab(Roi(0, 0, 50, 50))
    wayland(grim=f'cp {still} "$OUT"')
    assert source.grab(Roi(0, 0, 50, 50)).pixels.shape == (50, 50, 4)


def test_no_pictures_are_left_behind(
    wayland: Callable[..., None],
    still: Path,
    opened: Callable[..., ScreenSource],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    wayland(gnome_screenshot="exit 1", grim=f'cp {still} "$OUT"')
    opened().grab(Roi(0, 0, 50, 50))
    assert not list(folder.iterdir())


@pytest.mark.usefixtures("black_screen", "wayland")
def test_wayland_without_a_program_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(CaptureError, match=r"Wayland.*log in to an X11 session, or install.*gnome-screenshot, grim"):
        ScreenSource()


def test_monitors_that_nobody_knows_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert monitors_now() == ()


def test_a_program_is_tried_with_one_picture(
    wayland: Callable[..., None], still: Path, opened: Callable[..., ScreenSource], tmp_path: Path
) -> None:
    wayland(grim=f'echo again >> {tmp_path}/calls; cp {still} "$OUT"')
    source = opened()
    assert source.bounds == source.monitors[0] == Roi(0, 0, 400, 300)
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "again\n"


@pytest.mark.usefixtures("wayland")
def test_wayland_alone_without_a_program_is_the_same_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(CaptureError, match="log in to an X11 session, or install"):
        ScreenSource()


class TickingClock:
    """Goes on by the next of some durations whenever it is asked the second time."""

    def __init__(self, *durations_s: float) -> None:
        self._durations_s = list(durations_s)
        self._now_s = 0.0
        self.grabs = 0

    def __call__(self) -> float:
        return self._now_s

    def grab(self, _roi: Roi) -> None:
        self.grabs += 1
        self._now_s += self._durations_s.pop(0)


@pytest.mark.parametrize(
    ("durations_s", "expected_hz", "expected_grabs"),
    [
        ((0.4, 0.1, 0.1, 0.1, 0.1, 0.1), 10, 5),  # the first had to make ready
        ((2.0, 0.1), 0.5, 1),  # slower than there is time for
        ((0.3, 0.3, 0.3, 0.3), 1 / 0.3, 4),
    ],
)
def test_the_rate_is_that_of_a_typical_grab(
    durations_s: tuple[float, ...], expected_hz: float, expected_grabs: int
) -> None:
    clock = TickingClock(*durations_s)
    assert grab_rate_hz(clock, SCREEN, 1.0, 5, clock) == pytest.approx(expected_hz)
    assert clock.grabs == expected_grabs


@pytest.mark.usefixtures("screen")
def test_a_fast_screen_and_other_sources_have_nothing_to_tell(opened: Callable[..., ScreenSource]) -> None:
    assert start_notices(opened(way("mss")), Roi(10, 10, 60, 60), 45.0) == ()
    demo = DemoSource()
    assert start_notices(demo, demo.bounds.centre(), 1e9) == ()
    assert demo.start_s is None


def test_a_slow_screen_says_so_before_it_is_relied_on(
    wayland: Callable[..., None], still: Path, opened: Callable[..., ScreenSource]
) -> None:
    wayland(grim=f'sleep 0.3; cp {still} "$OUT"')
    (notice,) = start_notices(opened(), Roi(10, 10, 60, 60), 45.0)
    assert notice.startswith("The screen gives ")
    assert float(notice.split()[3]) < 3.4
    assert "not the 45 that are wanted, so short emissions may be missed: log in to an X11 session" in notice


@pytest.mark.usefixtures("screen", "programs")
def test_a_screen_that_is_slow_for_its_rate_says_what_else_helps(opened: Callable[..., ScreenSource]) -> None:
    (notice,) = start_notices(opened(way("mss")), SCREEN, 1e9)
    assert notice.endswith("lower data_processing.fps, or choose a smaller region")


@pytest.mark.usefixtures("screen")
def test_a_grab_that_fails_is_left_to_the_ticks(opened: Callable[..., ScreenSource]) -> None:
    assert start_notices(opened(way("mss")), Roi(-50, 0, 0, 50), 45.0) == ()


@pytest.mark.parametrize("error", [OSError("no space left"), MemoryError()])
@pytest.mark.usefixtures("screen")
def test_so_is_one_that_the_system_refuses(
    opened: Callable[..., ScreenSource], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    source = opened(way("mss"))

    def refuse(_roi: Roi) -> None:
        raise error

    monkeypatch.setattr(source, "grab", refuse)
    assert start_notices(source, Roi(10, 10, 60, 60), 45.0) == ()


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make this a Mac whose system answers as is said."""

    def answer(**functions: object) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr(ctypes, "CDLL", lambda _path: SimpleNamespace(**functions))

    return answer


class Permission:
    """A function of a library in C."""

    restype: object = None

    def __init__(self, given: int) -> None:
        self.given = given

    def __call__(self) -> bool:
        assert self.restype is ctypes.c_bool
        return bool(self.given)


@pytest.mark.parametrize("given", [0, 1])
def test_a_mac_is_asked_for_the_permission(mac: Callable[..., None], given: int) -> None:
    mac(CGPreflightScreenCaptureAccess=Permission(given))
    assert may_see_windows() is bool(given)


def test_an_old_mac_needs_no_permission(mac: Callable[..., None]) -> None:
    mac()
    assert may_see_windows()


@pytest.mark.usefixtures("screen")
def test_a_missing_permission_is_told_at_the_start(
    opened: Callable[..., ScreenSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhem_qt.capture.promise.may_see_windows", lambda: False)
    source = opened(way("mss"))
    assert start_notices(source, Roi(10, 10, 60, 60), 1.0) == (NO_PERMISSION,)
    *_, last_shown = start_notices(source, Roi(10, 10, 60, 60), 1e9)
    assert last_shown == NO_PERMISSION
