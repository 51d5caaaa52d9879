"""What the tests of the configuration share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a configuration may be written; nothing else is in that folder."""
    return tmp_path / "fem_config.json"
