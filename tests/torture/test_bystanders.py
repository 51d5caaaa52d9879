"""The bystanders tell when a processor had no time, and only then."""

from __future__ import annotations

from bystanders import LATE_S, LOOKS_FOR_USUAL, SLOW, STEP_S, Look, stalls

USUAL_S = 30e-6
SLOW_S = 2 * SLOW * USUAL_S


def looked(*took_s: float, late_s: float = 0.0) -> list[Look]:
    """Return a second of usual looks and then those that took so long; the last one came late."""
    all_took_s = [USUAL_S] * LOOKS_FOR_USUAL + list(took_s)
    on_time = [Look(index * STEP_S, (index + 1) * STEP_S, took) for index, took in enumerate(all_took_s)]
    return [*on_time[:-1], on_time[-1]._replace(now_s=on_time[-1].now_s + late_s)]


def lengths_s(looks: list[Look]) -> list[float]:
    return [round(end_s - begin_s, 6) for begin_s, end_s in stalls(looks, LATE_S)]


def test_usual_looks_are_no_stall() -> None:
    assert lengths_s(looked(USUAL_S, SLOW * USUAL_S, USUAL_S, late_s=LATE_S / 2)) == []


def test_a_single_slow_look_is_no_stall() -> None:
    assert lengths_s(looked(SLOW_S, USUAL_S, USUAL_S, SLOW_S)) == []


def test_looks_that_stay_slow_are_stalls_from_the_second_on() -> None:
    looks = looked(SLOW_S, SLOW_S, SLOW_S, USUAL_S, USUAL_S)
    begin_s = LOOKS_FOR_USUAL * STEP_S
    assert [round(stall[0] - begin_s, 6) for stall in stalls(looks, LATE_S)] == [STEP_S, 2 * STEP_S, 3 * STEP_S]


def test_what_lasts_becomes_usual() -> None:
    stalled_s = sum(lengths_s(looked(*[SLOW_S] * 2 * LOOKS_FOR_USUAL * 60)))
    assert 0.5 < stalled_s < 5


def test_a_look_that_comes_late_is_a_stall_for_so_long() -> None:
    assert lengths_s(looked(USUAL_S, late_s=0.02)) == [0.02]


def test_a_late_slow_look_counts_no_moment_twice() -> None:
    looks = looked(SLOW_S, SLOW_S, late_s=0.02)
    (_, slow_end_s), (late_begin_s, _) = stalls(looks, LATE_S)
    assert slow_end_s == late_begin_s
