from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture.anatomy import SHIFT_X_PX, SHIFT_Y_PX
from nhem_qt.capture.treatment import PICTURES_PER_S, Picture, Treatment, shots

seeds = st.integers(0, 2**63)
HOUR = 3600 * PICTURES_PER_S


def seen(picture: Picture) -> tuple[object, ...]:
    weight = None if picture.glare is None else picture.glare.weight.tobytes()
    return picture.shift_px, picture.noise_px, picture.gain, picture.marks, weight


@given(seed=seeds)
def test_emissions_last_half_a_second_to_nine_tenths_with_pauses_of_two_to_five_seconds(seed: int) -> None:
    drawn = list(islice(shots(seed), 30))
    assert drawn[0].start == 3 * PICTURES_PER_S
    assert all(0.5 <= (shot.end - shot.start) / PICTURES_PER_S <= 0.9 for shot in drawn)
    assert all(2 <= (after.start - before.end) / PICTURES_PER_S <= 5 for before, after in pairwise(drawn))


@given(seed=seeds)
def test_the_first_fifteen_seconds_hold_a_green_and_a_red_emission_with_their_post_windows(seed: int) -> None:
    first, second = islice(shots(seed), 2)
    assert (first.difference > 2.1) != (second.difference > 2.1)
    assert second.end / PICTURES_PER_S + 0.5 < 15


@given(seed=seeds)
def test_no_difference_is_near_the_threshold(seed: int) -> None:
    assert all(abs(shot.difference - 2.1) >= 1.2 for shot in islice(shots(seed), 30))


@given(seed=seeds)
def test_the_same_seed_draws_the_same_shots(seed: int) -> None:
    assert list(islice(shots(seed), 10)) == list(islice(shots(seed), 10)) != list(islice(shots(seed + 1), 10))


def test_a_picture_does_not_depend_on_which_ones_were_asked_for_before() -> None:
    every, some = Treatment(seed=4), Treatment(seed=4)
    pictures = [every.picture(number) for number in range(900)]
    assert all(seen(some.picture(number)) == seen(pictures[number]) for number in range(0, 900, 37))


def test_hours_leave_nothing_behind_but_the_last_marks() -> None:
    treatment = Treatment(seed=1)
    pictures = [treatment.picture(number) for number in (*range(0, 10 * HOUR, 7919), 10 * HOUR)]
    assert max(len(picture.marks) for picture in pictures) <= 7
    assert len(treatment._over) <= 6


def test_a_mark_that_is_forgotten_had_faded_from_view() -> None:
    treatment = Treatment(seed=3)
    pictures = [treatment.picture(number) for number in range(6000)]
    oldest = [picture.marks[0].gray for picture in pictures if len(picture.marks) == 6]
    assert max(oldest) < 0.6


def test_the_tissue_stays_within_its_field() -> None:
    treatment = Treatment(seed=2)
    shifts_px = [treatment.picture(number).shift_px for number in range(0, 6000, 3)]
    assert max(abs(x_px) for x_px, _ in shifts_px) <= SHIFT_X_PX
    assert max(abs(y_px) for _, y_px in shifts_px) < SHIFT_Y_PX


@pytest.mark.parametrize("seed", range(3))
def test_the_tissue_lies_still_from_the_pre_window_to_the_end_of_the_post_window(seed: int) -> None:
    treatment = Treatment(seed)
    for shot in islice(shots(seed), 20):
        shifts_px = [treatment.picture(number).shift_px for number in range(shot.start - 8, shot.end + 12)]
        assert {x_px for x_px, _ in shifts_px} == {shot.spot_px}
        assert max(abs(y_px) for _, y_px in shifts_px) < 0.2


def test_the_patient_breathes_between_two_emissions() -> None:
    treatment = Treatment(seed=1)
    for before, after in islice(pairwise(shots(1)), 10):
        lowest_px = min(treatment.picture(number).shift_px[1] for number in range(before.end, after.start))
        assert lowest_px < -4


def test_a_mark_grows_during_the_emission_and_halves_within_half_a_second_of_its_end() -> None:
    shot = next(shot for shot in shots(1) if shot.difference > 4)
    treatment = Treatment(seed=1)
    numbers = range(shot.start, shot.end + 10)
    grays = [treatment.picture(number).marks[-1].gray for number in numbers]
    highest = grays.index(max(grays))
    assert numbers[highest] == shot.end - 1
    assert grays == sorted(grays[:highest]) + sorted(grays[highest:], reverse=True)
    assert grays[-1] < grays[highest] / 2


def test_the_first_picture_of_an_emission_is_half_swept_and_the_second_is_whole() -> None:
    treatment = Treatment(seed=1)
    for shot in islice(shots(1), 20):
        first, second = (treatment.picture(shot.start + later).glare for later in range(2))
        assert first is not None
        assert second is not None
        assert first.weight[:, :80].max() == 0
        assert first.weight[:, -200:].max() > 0.3
        assert second.weight[:, :250].max() > 0.2


def test_the_afterglow_is_weak_and_over_after_a_tenth_of_a_second() -> None:
    treatment = Treatment(seed=1)
    for shot in islice(shots(1), 20):
        glares = [treatment.picture(number).glare for number in range(shot.end, shot.end + 4)]
        assert all(glare is not None and glare.weight.max() < 0.2 for glare in glares[:2])
        assert glares[2:] == [None, None]
