"""How sharply the gray value rises."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.detection.history import Sample, largest_rise

STEPS = st.tuples(st.sampled_from((0.01, 0.05, 0.3)), st.floats(0, 255))


@given(steps=st.lists(STEPS, max_size=40), span_s=st.sampled_from((0.02, 0.1, 0.4)), backwards=st.booleans())
def test_the_largest_rise_is_that_of_any_two_samples_near_each_other(
    steps: list[tuple[float, float]], span_s: float, *, backwards: bool
) -> None:
    times_s = accumulate(step_s for step_s, _ in steps)
    samples = [Sample(index, t_s, gray) for index, (t_s, (_, gray)) in enumerate(zip(times_s, steps, strict=True))]
    samples = samples[::-1] if backwards else samples
    rises = [
        later.gray - sooner.gray
        for place, later in enumerate(samples)
        for back, sooner in enumerate(reversed(samples[:place]), 1)
        if back <= 2 or abs(later.t_s - sooner.t_s) <= span_s + 1e-6
    ]
    assert largest_rise(samples, span_s) == max([0.0, *rises])
