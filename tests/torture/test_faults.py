"""A thousand faults of each kind in random order while recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from faulty_run import check_law, run_with_faults

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.torture


@pytest.mark.parametrize("seed", range(2, 12))
def test_a_hundred_faults_of_each_kind_in_random_order_do_no_harm(tmp_path: Path, seed: int) -> None:
    check_law(run_with_faults(tmp_path, seed, count_of_each=100, rate_hz=45.0, rest_s=4.0, longest_s=4.0))
