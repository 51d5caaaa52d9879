"""The configuration in words, for people who ask what counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nhem_qt.config.layers import leaves
from nhem_qt.config.load import LoadedConfig, load_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def shown(loaded: LoadedConfig) -> list[str]:
    """Return `section.key = value  (argument|environment|file|default)` for every value; of passwords only that."""
    values = leaves(loaded.config.model_dump(mode="json"))
    return [f"{path} = {_text(value)}  ({loaded.origin(path)})" for path, value in values] + [_password(loaded)]


def check(path: Path | None, environment: Mapping[str, str] | None = None) -> list[str]:
    """Return what is wrong with a configuration, one line each; changes nothing. Raises ConfigError if unreadable."""
    return list(load_config(path, environment or {}, {}, set_aside=False).problems)


def _password(loaded: LoadedConfig) -> str:
    if not loaded.credential.is_set:
        return "security.password = null  (default)"
    return "security.password = (set)  (file)"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)
