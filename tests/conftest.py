"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Under a virtual display without window manager shortcuts never arrive; Qt's offscreen platform delivers them.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

# A shared machine may stall at any moment: that is no finding.
settings.register_profile("nhem", deadline=None)
settings.load_profile("nhem")


@pytest.fixture(scope="session")
def recording() -> Path:
    """The real recording of a treatment, where the machine has it."""
    path = os.environ.get("NHEM_TEST_RECORDING")
    if not path or not Path(path).is_file():
        pytest.skip("no real recording: NHEM_TEST_RECORDING does not name one")
    return Path(path)
