from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.geometry import Roi
from nhem_qt.ui.region_history import RegionHistory

REGIONS = st.none() | st.builds(lambda x: Roi(x, 0, x + 10, 10), st.integers(0, 3))
ACTIONS = st.lists(st.sampled_from(["undo", "redo"]) | st.tuples(st.just("put"), REGIONS), max_size=30)


@given(REGIONS, ACTIONS)
def test_it_is_two_piles_of_regions(first: Roi | None, actions: list[str | tuple[str, Roi | None]]) -> None:
    history = RegionHistory(first)
    past, now, future = [], first, []
    for action in actions:
        if action == "undo":
            if past:
                future.append(now)
                now = past.pop()
            assert history.undo() == now
        elif action == "redo":
            if future:
                past.append(now)
                now = future.pop()
            assert history.redo() == now
        else:
            history.put(action[1])
            if action[1] != now:
                past, now, future = [*past, now], action[1], []
        assert history.now == now
        assert history.can_undo == bool(past)
        assert history.can_redo == bool(future)


@given(REGIONS, st.lists(REGIONS, max_size=20))
def test_every_step_is_undone_and_redone(first: Roi | None, steps: list[Roi | None]) -> None:
    history = RegionHistory(first)
    for step in steps:
        history.put(step)
    last = history.now
    undone = 0
    while history.can_undo:
        history.undo()
        undone += 1
    assert history.now == first
    for _ in range(undone):
        history.redo()
    assert history.now == last
    assert not history.can_redo
