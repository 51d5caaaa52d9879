"""Makes the source that fails on purpose importable, and the bystanders."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
