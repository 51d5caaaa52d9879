from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture.anatomy import FOCUS_X_PX, FOCUS_Y_PX
from nhem_qt.capture.demo import DemoSource, Emission
from nhem_qt.capture.source import CaptureError
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi

SOURCE = DemoSource(seed=5)
SMALL = SOURCE.bounds.centre()
RATE_HZ, SECONDS = 45, 90


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Curve:
    """The small ROI of a demo, measured as a monitor at 45 Hz does."""

    seed: int
    t_s: np.ndarray = field(init=False)
    gray: np.ndarray = field(init=False)
    truth: tuple[Emission, ...] = field(init=False)
    clipped: int = 0

    def __post_init__(self) -> None:
        clock = Clock()
        source = DemoSource(self.seed, clock)
        self.t_s = np.arange(SECONDS * RATE_HZ) / RATE_HZ
        self.gray = np.array([self._measure(source, clock, t_s) for t_s in self.t_s])
        self.truth = source.truth(SECONDS - 0.5)

    def _measure(self, source: DemoSource, clock: Clock, t_s: float) -> float:
        clock.now_s = t_s
        frame = source.grab(SMALL)
        self.clipped = max(self.clipped, int((frame.pixels[..., 0] == 255).sum()))
        return frame.gray

    def between(self, from_s: float, to_s: float) -> np.ndarray:
        return self.gray[(self.t_s >= from_s) & (self.t_s < to_s - 1e-9)]

    def before(self, emission: Emission) -> float:
        return float(self.between(emission.start_s - 0.25, emission.start_s).mean())

    def after(self, emission: Emission) -> float:
        return float(self.between(emission.end_s + 0.12, emission.end_s + 0.5).mean())

    def plateau(self, emission: Emission) -> np.ndarray:
        return self.between(emission.start_s + 0.1, emission.end_s)


@pytest.fixture(scope="module", params=[1, 2, 3, 8])
def curve(request: pytest.FixtureRequest) -> Curve:
    return Curve(request.param)


def test_the_true_difference_is_what_the_small_roi_shows(curve: Curve) -> None:
    for emission in curve.truth:
        assert curve.after(emission) - curve.before(emission) == pytest.approx(emission.difference, abs=0.7)


def test_the_colour_follows_from_the_measured_difference(curve: Curve) -> None:
    for emission in curve.truth:
        measured = curve.after(emission) - curve.before(emission)
        assert emission.color == ("green" if measured > 2.1 else "red")
    assert {emission.color for emission in curve.truth} == {"green", "red"}


def test_emissions_rise_from_a_baseline_of_about_a_hundred_by_eighteen_to_forty_five_gray(curve: Curve) -> None:
    for emission in curve.truth:
        assert 85 < curve.before(emission) < 115
        assert 17 < curve.plateau(emission).mean() - curve.before(emission) < 46


def test_a_plateau_is_never_flat_and_never_falls_by_more_than_half_its_height(curve: Curve) -> None:
    for emission in curve.truth:
        plateau, before = curve.plateau(emission), curve.before(emission)
        assert 3 < np.ptp(plateau) < 40
        assert plateau.min() - before > 0.4 * (np.median(plateau) - before)


def test_the_gray_value_rises_within_two_pictures_and_falls_within_one(curve: Curve) -> None:
    for emission in curve.truth:
        half_way = curve.before(emission) + 9
        assert (curve.plateau(emission) > half_way).all()
        assert curve.between(emission.end_s - 0.05, emission.end_s).max() > half_way
        assert curve.before(emission) < half_way - 5
        assert curve.between(emission.end_s, emission.end_s + 0.5).max() < np.median(curve.plateau(emission))


def test_without_emission_the_baseline_wanders_slowly_and_little(curve: Curve) -> None:
    quiet = np.ones(curve.t_s.size, dtype=bool)
    for emission in curve.truth:
        quiet &= (curve.t_s < emission.start_s - 0.01) | (curve.t_s > emission.end_s + 1.0)
    quiet &= curve.t_s < curve.truth[-1].end_s
    assert 85 < curve.gray[quiet].min() < curve.gray[quiet].max() < 118
    assert np.ptp(curve.between(0, 3)) > 1


def test_the_small_roi_is_hardly_ever_clipped(curve: Curve) -> None:
    assert curve.clipped <= 5


@given(until_s=st.floats(0, 300))
def test_the_truth_holds_just_the_emissions_that_end_before_the_time_asked_for(until_s: float) -> None:
    assert SOURCE.truth(until_s) == tuple(emission for emission in SOURCE.truth(400) if emission.end_s < until_s)


def test_an_emission_that_ends_at_the_time_asked_for_is_not_yet_over() -> None:
    emissions = SOURCE.truth(60)
    assert SOURCE.truth(emissions[3].end_s) == emissions[:3]


def test_the_truth_needs_no_grabs_and_is_the_same_after_them() -> None:
    clock = Clock()
    source = DemoSource(3, clock)
    before = source.truth(40)
    source.grab(SMALL)
    clock.now_s = 100
    source.grab(SMALL)
    assert source.truth(40) == before == DemoSource(3).truth(40)


def test_the_demo_begins_with_its_first_grab() -> None:
    early, late = Clock(10.0), Clock(77777.0)
    sources = DemoSource(1, early), DemoSource(1, late)
    assert sources[0].start_s is None
    for later_s in (0, 3.226, 9.026):
        early.now_s, late.now_s = 10.0 + later_s, 77777.0 + later_s
        np.testing.assert_array_equal(*(source.grab(SMALL).pixels for source in sources))
    assert [source.start_s for source in sources] == [10.0, 77777.0]


def test_a_frame_carries_the_clock_the_place_and_the_kind() -> None:
    source = DemoSource(clock=Clock(12.5))
    frame = source.grab(SMALL)
    assert (frame.t_s, frame.roi, frame.source) == (12.5, SMALL, SourceKind.DEMO)
    assert source.kind is SourceKind.DEMO


def test_the_focus_is_the_centre_of_the_bounds() -> None:
    assert Roi(FOCUS_X_PX - 25, FOCUS_Y_PX - 25, FOCUS_X_PX + 25, FOCUS_Y_PX + 25) == SMALL


def test_grabs_between_two_ultrasound_pictures_repeat_the_picture() -> None:
    clock = Clock()
    source = DemoSource(1, clock)
    pictures = []
    for clock.now_s in (0.0, 0.04999, 0.05001, 0.09999, 0.10001):
        pictures.append(source.grab(SMALL).pixels.tobytes())
    assert pictures[0] == pictures[1] != pictures[2] == pictures[3] != pictures[4]


def test_a_picture_that_stays_the_same_is_drawn_once_for_a_region() -> None:
    clock = Clock()
    source = DemoSource(1, clock)
    first, again, larger, small = (source.grab(roi).pixels for roi in (SMALL, SMALL, source.bounds, SMALL))
    assert np.shares_memory(first, again)
    assert larger.shape == (source.bounds.height, source.bounds.width, 4)
    np.testing.assert_array_equal(first, small)
    clock.now_s = 0.06
    assert not np.array_equal(source.grab(SMALL).pixels, small)


@pytest.mark.parametrize(
    "roi", [Roi(-1, 0, 50, 50), Roi(700, 0, 721, 50), Roi(0, 500, 50, 521), Roi(900, 900, 950, 950)]
)
def test_a_grab_outside_the_picture_says_where_to_choose(roi: Roi) -> None:
    with pytest.raises(CaptureError, match=r"is not inside .* 0,0,720,520: choose a region within it"):
        DemoSource().grab(roi)
