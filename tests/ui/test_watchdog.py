"""What follows from the silence of a worker."""

from __future__ import annotations

import itertools

from nhem_qt.ui.watchdog import LONGEST_PAUSE_S, Verdict, Watchdog

LOOK_S = 0.2


def verdicts(watchdog: Watchdog, until_s: float) -> list[tuple[float, Verdict]]:
    """Look again and again at a worker that falls silent; returns all that is to be done, and when."""
    looks = [(round(LOOK_S * number, 1), watchdog.look(LOOK_S * number)) for number in range(int(until_s / LOOK_S))]
    return [look for look in looks if look[1] is not Verdict.NOTHING]


def test_a_worker_that_is_heard_of_is_left_in_peace() -> None:
    watchdog = Watchdog()
    assert {watchdog.look(silence_s) for silence_s in (0.0, 0.05, 0.99, 0.3)} == {Verdict.NOTHING}


def test_a_silent_worker_is_told_after_one_second_and_replaced_ever_more_rarely() -> None:
    found = verdicts(Watchdog(), 200)
    assert found[0] == (1.0, Verdict.TELL_STALLED)
    assert {verdict for _, verdict in found[1:]} == {Verdict.REPLACE}
    times = [time_s for time_s, _ in found[1:]]
    assert times[:6] == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
    assert {round(later - sooner) for sooner, later in itertools.pairwise(times[4:])} == {LONGEST_PAUSE_S}


def test_a_recovery_is_told_once_with_the_length_of_the_silence_and_forgets_it() -> None:
    watchdog = Watchdog()
    first = verdicts(watchdog, 30)
    assert watchdog.is_stalled
    assert watchdog.look(0.0) is Verdict.TELL_RECOVERED
    assert not watchdog.is_stalled
    assert 29.5 < watchdog.stalled_s < 30.0
    assert watchdog.look(0.0) is Verdict.NOTHING
    assert verdicts(watchdog, 30) == first
