"""What is wrong with a picture, as far as pixels tell."""

from __future__ import annotations

from enum import StrEnum


class PictureNotice(StrEnum):
    """What is wrong with the picture of a sample."""

    FROZEN = "frozen"
    BLACK = "black"
    COVERED = "covered"
    MOVED = "moved"
    STALE = "stale"
