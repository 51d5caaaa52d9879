"""The parts of a tick: regions, small ROI, states, backoff and the simple rule."""

from __future__ import annotations

import itertools
import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.config import DualRoiConfig, RoiConfig
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import (
    CoordinationState,
    IllegalTransitionError,
    OffScreenError,
    RegionChoice,
    Regions,
    RoiData,
    RoiMode,
    StateMachine,
    Transition,
    configured_choice,
    extract_small_roi,
)
from nhem_qt.monitor.backoff import Backoff
from nhem_qt.monitor.simple_rule import SimpleRule

LARGE, LEGACY = Roi(0, 0, 300, 200), Roi(5, 5, 105, 85)


def frame_of(roi: Roi) -> Frame:
    pixels = np.random.default_rng(2).integers(0, 256, (roi.height, roi.width, 4), np.uint8)
    return Frame(pixels, roi, 1.5, SourceKind.SCREEN)


# --- regions


def configured(mode: str | None, *, large: bool, legacy: bool) -> Regions | None:
    def roi(wanted: Roi) -> dict[str, int]:
        return {"x1": wanted.x1, "y1": wanted.y1, "x2": wanted.x2, "y2": wanted.y2}

    content = {"mode": mode, "large_roi": roi(LARGE) if large else None, "legacy_roi": roi(LEGACY) if legacy else None}
    return configured_choice(DualRoiConfig.model_validate(content)).regions


@pytest.mark.parametrize("mode", [None, "dual", "single"])
def test_nothing_configured_is_nothing(mode: str | None) -> None:
    assert configured(mode, large=False, legacy=False) is None


@pytest.mark.parametrize("mode", [None, "dual"])
def test_the_large_roi_counts_unless_single_mode_is_wanted(mode: str | None) -> None:
    assert configured(mode, large=True, legacy=True) == Regions(RoiMode.DUAL, LARGE)
    assert configured(mode, large=True, legacy=False) == Regions(RoiMode.DUAL, LARGE)
    assert configured(mode, large=False, legacy=True) == Regions(RoiMode.SINGLE, LEGACY)


def test_in_single_mode_the_legacy_roi_counts_if_there_is_one() -> None:
    assert configured("single", large=True, legacy=True) == Regions(RoiMode.SINGLE, LEGACY)
    assert configured("single", large=True, legacy=False) == Regions(RoiMode.DUAL, LARGE)


def test_dual_mode_measures_the_centre_and_single_mode_everything() -> None:
    assert Regions(RoiMode.DUAL, LARGE).small == Roi(125, 75, 175, 125)
    assert Regions(RoiMode.SINGLE, LARGE).small == LARGE


def test_regions_are_clamped_and_keep_their_mode() -> None:
    fitted = Regions(RoiMode.SINGLE, Roi(-10, -10, 50, 50)).fitted(Roi(0, 0, 40, 90))
    assert fitted == Regions(RoiMode.SINGLE, Roi(0, 0, 40, 50))


def test_regions_outside_are_an_error() -> None:
    with pytest.raises(OffScreenError, match="select a region inside"):
        Regions(RoiMode.DUAL, Roi(0, 0, 10, 10)).fitted(Roi(10, 0, 20, 10))


def test_the_example_of_a_large_roi_is_read_from_the_configuration() -> None:
    config = DualRoiConfig(large_roi=RoiConfig(x1=849, y1=165, x2=1209, y2=525))
    regions = configured_choice(config).regions
    assert regions is not None
    assert regions.small == Roi(1004, 320, 1054, 370)


# --- small ROI


def test_the_small_roi_is_the_centre_of_the_picture_as_a_view() -> None:
    large = frame_of(Roi(-50, 10, 250, 210))
    small = extract_small_roi(large)
    assert small.roi == Roi(75, 85, 125, 135) == large.roi.centre()
    assert np.shares_memory(small.pixels, large.pixels)
    assert np.array_equal(small.pixels, large.pixels[75:125, 125:175])


@given(st.integers(-200, 500), st.integers(-200, 500))
def test_a_centre_of_ones_own_is_kept_inside(center_x: int, center_y: int) -> None:
    large = frame_of(Roi(10, 20, 130, 160))
    small = extract_small_roi(large, center_x, center_y)
    assert large.roi.contains(small.roi)
    assert (small.roi.width, small.roi.height) == (50, 50)
    if 35 <= center_x <= 105 and 45 <= center_y <= 135:
        assert (small.roi.x1, small.roi.y1) == (center_x - 25, center_y - 25)


def test_one_coordinate_of_the_centre_may_be_left_to_the_middle() -> None:
    large = frame_of(Roi(0, 0, 200, 100))
    assert extract_small_roi(large, center_x=60).roi == Roi(35, 25, 85, 75)
    assert extract_small_roi(large, center_y=30).roi == Roi(75, 5, 125, 55)


@pytest.mark.parametrize("roi", [Roi(0, 0, 50, 50), Roi(3, 3, 33, 400), Roi(0, 0, 1, 1)], ids=str)
def test_a_picture_that_is_not_larger_is_its_own_small_roi(roi: Roi) -> None:
    large = frame_of(roi)
    assert extract_small_roi(large, 1, 1) is large


def test_a_picture_of_a_roi_is_measured() -> None:
    frame = frame_of(LEGACY)
    assert RoiData.of(frame).gray_value == frame.gray


# --- states

TICKS = {
    "both": ("ROI1_CAPTURING", "ROI2_EXTRACTING", "VALIDATION", "SUCCESS"),
    "small alone": ("ROI2_EXTRACTING", "VALIDATION", "SUCCESS"),
    "small fails": ("ROI2_EXTRACTING", "PARTIAL"),
    "capture fails": ("ROI1_CAPTURING", "FAILED", "ERROR_RECOVERY"),
    "capture is lost": ("ROI1_CAPTURING", "FAILED"),
    "nothing is tried": (),
}


def walk(machine: StateMachine, tick: str, t_s: float) -> Transition | None:
    """Take the machine through a tick."""
    steps = [CoordinationState[name] for name in TICKS[tick]]
    if not steps:
        return None
    machine.begin(steps[0])
    for step in steps[1:-1]:
        machine.go(step)
    return machine.settle(steps[-1], t_s, tick)


def test_the_machine_begins_initializing_and_without_history() -> None:
    machine = StateMachine()
    assert (machine.current, machine.step, machine.history) == (CoordinationState.INITIALIZING,) * 2 + ((),)


def test_a_change_of_how_ticks_end_is_noted_and_neither_steps_nor_staying_are() -> None:
    machine = StateMachine()
    change = walk(machine, "both", 1.5)
    assert change == Transition(1.5, CoordinationState.INITIALIZING, CoordinationState.SUCCESS, "both")
    assert walk(machine, "small alone", 2.0) is None
    assert (machine.history, machine.count) == ((change,), 1)


@given(st.lists(st.sampled_from(sorted(TICKS)), max_size=50))
def test_any_tick_may_follow_any_other(ticks: list[str]) -> None:
    machine = StateMachine()
    for index, tick in enumerate(ticks):
        walk(machine, tick, float(index))
    changes = machine.history
    assert all(change.old is before.new for before, change in itertools.pairwise(changes))
    assert all(change.old is not change.new for change in changes)
    assert machine.current is (changes[-1].new if changes else CoordinationState.INITIALIZING)


@pytest.mark.parametrize("state", list(CoordinationState))
def test_what_cannot_follow_is_an_error(state: CoordinationState) -> None:
    for tick in TICKS.values():
        for begin, end in itertools.pairwise(tick):
            machine = StateMachine()
            machine.step = CoordinationState[begin]
            if state in {CoordinationState.INITIALIZING, machine.step}:
                with pytest.raises(IllegalTransitionError, match="cannot follow"):
                    machine.go(state)
            machine.go(CoordinationState[end])


def test_a_success_without_validation_is_an_error_that_changes_nothing() -> None:
    machine = StateMachine()
    machine.begin(CoordinationState.ROI1_CAPTURING)
    with pytest.raises(IllegalTransitionError, match="success cannot follow roi1_capturing"):
        machine.settle(CoordinationState.SUCCESS, 0.0, "captured")
    assert machine.step is CoordinationState.ROI1_CAPTURING
    assert machine.history == ()


def test_an_attempt_that_was_abandoned_while_it_hung_does_not_block_the_next_one() -> None:
    machine = StateMachine()
    walk(machine, "both", 0.0)
    machine.begin(CoordinationState.ROI1_CAPTURING)
    assert machine.step is CoordinationState.ROI1_CAPTURING
    assert walk(machine, "both", 5.0) is None


def test_the_last_100_changes_are_kept() -> None:
    machine = StateMachine()
    changes = [walk(machine, ("both", "small fails")[step % 2], float(step)) for step in range(250)]
    assert machine.history == tuple(changes[-100:])
    assert machine.count == 250


def test_worse_and_recovered_are_logged_as_news_and_the_rest_as_detail(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="nhem_qt")
    machine = StateMachine()
    for t_s, tick in enumerate(("both", "capture fails", "capture is lost", "capture fails", "both")):
        walk(machine, tick, float(t_s))
    assert [(record.levelname, str(record.args[1])) for record in caplog.records] == [
        ("DEBUG", "success"),
        ("INFO", "error_recovery"),
        ("INFO", "failed"),
        ("DEBUG", "error_recovery"),
        ("INFO", "success"),
    ]


def test_a_fault_that_comes_and_goes_on_every_tick_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nhem_qt")
    machine = StateMachine()
    for step in range(4500):
        walk(machine, ("both", "capture fails")[step % 2], step / 45)
    assert len(caplog.records) <= 20 * 11


def test_the_states_are_those_of_the_users_documents() -> None:
    names = "INITIALIZING ROI1_CAPTURING ROI2_EXTRACTING VALIDATION SUCCESS PARTIAL FAILED ERROR_RECOVERY"
    assert [state.name for state in CoordinationState] == names.split()


# --- backoff


def test_the_wait_doubles_from_a_tenth_of_a_second_to_five() -> None:
    backoff, now_s, waits_s = Backoff(), 0.0, []
    for _ in range(9):
        assert backoff.allows(now_s)
        backoff.failed(now_s)
        wait_s = next(step / 10 for step in range(1, 100) if backoff.allows(now_s + step / 10 + 1e-9))
        waits_s.append(wait_s)
        now_s += wait_s + 1e-9
    assert waits_s == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


def test_a_success_forgets_the_failures() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.failed(0.0)
    backoff.succeeded()
    assert backoff.allows(0.0)
    backoff.failed(0.0)
    assert not backoff.allows(0.09)
    assert backoff.allows(0.11)


# --- the simple rule


@given(st.lists(st.integers(0, 255), max_size=60), st.integers(1, 10))
def test_the_simple_rule_compares_with_the_mean_of_the_values_before(values: list[int], size: int) -> None:
    rule = SimpleRule(size)
    for count, value in enumerate(values):
        before = values[max(0, count - size) : count]
        assert rule.baseline == (pytest.approx(sum(before) / len(before)) if before else None)
        assert rule.signals(value) == (bool(before) and value - sum(before) / len(before) > 8)


def test_a_rise_of_exactly_8_gray_does_not_signal() -> None:
    rule = SimpleRule(10)
    assert [rule.signals(value) for value in (100, 108)] == [False, False]
    assert rule.signals(112.01)


def test_each_mode_keeps_its_own_roi() -> None:
    large, legacy, other = Roi(0, 0, 300, 200), Roi(5, 5, 25, 25), Roi(10, 10, 90, 90)
    choice = RegionChoice(RoiMode.DUAL, large, legacy)
    assert choice.in_mode(RoiMode.SINGLE).regions == Regions(RoiMode.SINGLE, legacy)
    changed = choice.in_mode(RoiMode.SINGLE).with_roi(other)
    assert changed.regions == Regions(RoiMode.SINGLE, other)
    assert changed.in_mode(RoiMode.DUAL).regions == Regions(RoiMode.DUAL, large)


def test_a_mode_without_a_roi_of_its_own_uses_the_other() -> None:
    large = Roi(0, 0, 300, 200)
    assert RegionChoice(RoiMode.SINGLE, large, None).regions == Regions(RoiMode.SINGLE, large)
    assert RegionChoice(RoiMode.DUAL, None, large).regions == Regions(RoiMode.DUAL, large)
    assert RegionChoice().regions is None
