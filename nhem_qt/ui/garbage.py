"""When Python searches for garbage: meanwhile no thread goes on, not even the one that measures."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhem_qt.ui.monitoring import Monitoring

_NEVER = 1_000_000_000


@contextlib.contextmanager
def lasting_spared(monitoring: Monitoring) -> Iterator[None]:
    """Search in what is no longer young, which takes 50 to 80 ms, only now, between sessions, and after each one."""
    young, middle, old = gc.get_threshold()

    def spare_the_old() -> None:
        gc.set_threshold(young, middle, _NEVER)

    def search_all() -> None:
        gc.set_threshold(young, middle, old)
        gc.collect()

    monitoring.began.connect(spare_the_old)
    monitoring.ended.connect(search_all)
    gc.collect()
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)
