"""Who measures goes first."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

# Longer than a tick takes where all goes well; of the window nothing may take more than 50 ms.
_LONGEST_WAIT_S = 0.02
# So much of its time another thread may lose where ticks take all of theirs, or one hangs.
_MOST_LOST = 0.25


class Precedence:
    """Lets one other thread give way to what is done in a `with` block.

    Python carries out one thread at a time, and numpy hands it on with most calls: two threads that both have work take
    turns every tenth of a millisecond, and a tick that is over in 1 ms takes as long as the other thread works.
    """

    def __init__(self) -> None:
        self._is_over = threading.Event()
        self._is_over.set()
        self._may_wait_s, self._asked_s = _LONGEST_WAIT_S, -math.inf

    def __enter__(self) -> None:
        self._is_over.clear()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_over.set()

    def give_way(self) -> None:
        """Wait until the block is left, yet for a quarter of the time at most; to be called between pieces of work."""
        if self._is_over.is_set():
            return
        now_s = time.perf_counter()
        self._may_wait_s = min(_LONGEST_WAIT_S, self._may_wait_s + _MOST_LOST * (now_s - self._asked_s))
        self._is_over.wait(self._may_wait_s)
        self._asked_s = time.perf_counter()
        self._may_wait_s = max(0.0, self._may_wait_s - (self._asked_s - now_s))
