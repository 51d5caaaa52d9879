"""The rule of the predecessor systems for the simulated sine."""

from __future__ import annotations

from collections import deque

SIMPLE_RULE_RISE_GRAY = 8.0


class SimpleRule:
    """Signals where a value exceeds the mean of the last `buffer_size` values by more than 8 gray."""

    def __init__(self, buffer_size: int) -> None:
        self._values: deque[float] = deque(maxlen=buffer_size)
        self._sum = 0.0

    @property
    def baseline(self) -> float | None:
        """Mean of the values so far, gray; None before the first."""
        return self._sum / len(self._values) if self._values else None

    def signals(self, value: float) -> bool:
        """Whether `value` stands out; then it joins the mean."""
        baseline = self.baseline
        self._remember(value)
        return baseline is not None and value - baseline > SIMPLE_RULE_RISE_GRAY

    def _remember(self, value: float) -> None:
        if len(self._values) == self._values.maxlen:
            self._sum -= self._values[0]
        self._values.append(value)
        self._sum += value
