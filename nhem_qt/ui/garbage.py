"""When Python searches for garbage: meanwhile no thread goes on, not even the one that measures."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhem_qt.ui.monitoring import Monitoring

_OLDEST_GENERATION = 2


@contextlib.contextmanager
def lasting_spared(monitoring: Monitoring) -> Iterator[None]:
    """Search all of what lives long, which takes 60 ms, only now and after each session.

    During a session nothing is searched that was there at its begin, and nothing twice that a search has left.
    """
    monitoring.began.connect(_spare_all)
    monitoring.ended.connect(_search_all)
    gc.callbacks.append(_spare_survivors)
    _search_all()
    try:
        yield
    finally:
        gc.callbacks.remove(_spare_survivors)


def _spare_all() -> None:
    gc.freeze()


def _search_all() -> None:
    gc.unfreeze()
    gc.collect()


def _spare_survivors(phase: str, info: dict[str, int]) -> None:
    if phase == "stop" and info["generation"] == _OLDEST_GENERATION:
        gc.freeze()
