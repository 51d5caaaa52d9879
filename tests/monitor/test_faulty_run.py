"""Sixty faults of each kind in random order while recording; `make torture` has a thousand of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faulty_run import check_law, run_with_faults

if TYPE_CHECKING:
    from pathlib import Path


def test_sixty_faults_of_each_kind_in_random_order_do_no_harm(tmp_path: Path) -> None:
    check_law(run_with_faults(tmp_path, seed=1, count_of_each=60, rate_hz=22.0, rest_s=1.5, longest_s=1.0))
