"""The folders of the user's own, where the system wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import platformdirs

from nhem_qt.errors import NhemError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class NoHomeError(NhemError):
    """The system does not know of a home folder."""


def own_config_folder() -> Path:
    """Return where the user's own configuration is. Raises NoHomeError."""
    return _own(platformdirs.user_config_path)


def own_data_folder() -> Path:
    """Return where sessions are kept. Raises NoHomeError."""
    return _own(platformdirs.user_data_path)


def own_log_folder() -> Path:
    """Return where the log is. Raises NoHomeError."""
    return _own(platformdirs.user_log_path)


def _own(find: Callable[..., Path]) -> Path:
    try:
        return find("nhem-qt", appauthor=False)
    except RuntimeError as error:
        raise NoHomeError("Your home folder is not known: set HOME to a folder that you may write to") from error
