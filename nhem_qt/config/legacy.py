"""What the files of the predecessor systems say, in today's words."""

from __future__ import annotations

import difflib
import itertools
import json
from typing import TYPE_CHECKING, Any

from nhem_qt.config.fields import fields
from nhem_qt.geometry import SMALL_ROI_SIZE_PX

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from nhem_qt.config.model import FemConfig

_CLOSE = 0.87
_MOST_LOOKED_AT = 200


def translated(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file says with `roi_capture.default_config` as the legacy ROI, where no legacy ROI is given."""
    capture = content.get("roi_capture")
    if not isinstance(capture, dict) or not uses_default_config(content):
        return dict(content)
    return {**content, "roi_capture": capture | {"legacy_roi": capture["default_config"]}}


def uses_default_config(content: Mapping[str, Any]) -> bool:
    """Whether the legacy ROI goes by its old name."""
    capture = content.get("roi_capture")
    if not isinstance(capture, dict):
        return False
    return capture.get("legacy_roi") is None and capture.get("default_config") is not None


def known(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the part of a file that this program uses, and which unknown keys look misspelt.

    All other keys are someone else's: the predecessors', a newer version's, or comments.
    """
    return _known(content, _tree())


def notices(config: FemConfig, content: Mapping[str, Any], given: Container[str]) -> list[str]:
    """Return what the user should know although nothing is wrong.

    `content` is the file as it stands, `given` holds the paths of all values that are not defaults.
    """
    detector = [] if "peak_detection.mode" in given else [_unset_detector_mode(config, content)]
    told = [*detector, _unused_mode(config), _small(config)]
    return [notice for notice in told if notice]


def _tree() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for info in fields():
        *sections, key = info.path.split(".")
        inner = tree
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[key] = None
    return tree


def _known(content: Mapping[str, Any], tree: Mapping[str, Any], prefix: str = "") -> tuple[dict[str, Any], list[str]]:
    used: dict[str, Any] = {}
    misspelt = _misspelt(content, tree, prefix)
    for key in content.keys() & tree.keys():
        used[key] = content[key]
        if isinstance(content[key], dict) and tree[key] is not None:
            used[key], inner = _known(content[key], tree[key], f"{prefix}{key}.")
            misspelt += inner
    return used, misspelt


def _misspelt(content: Mapping[str, Any], tree: Mapping[str, Any], prefix: str) -> list[str]:
    unset = [key for key in tree if key not in content]
    unknown = (key for key in content if key not in tree)
    complaints = []
    for key in itertools.islice(unknown, _MOST_LOOKED_AT):
        close = difflib.get_close_matches(key.lower()[:40], unset, n=1, cutoff=_CLOSE)
        # JSON's escapes keep a strange key on one line.
        complaints += [
            f"{prefix}{json.dumps(key)[1:-1]}: this key is not known; did you mean {name}?" for name in close
        ]
    return complaints


def _unset_detector_mode(config: FemConfig, content: Mapping[str, Any]) -> str:
    section = content.get("peak_detection")
    if not isinstance(section, dict) or not section:
        return ""
    return (
        "peak_detection.mode is not set: the detector finds its baseline itself (adaptive), and "
        f"peak_detection.threshold ({config.peak_detection.threshold:g}) is not used; set the mode to fixed to use it"
    )


def _unused_mode(config: FemConfig) -> str:
    wanted, active = config.roi_capture.mode, config.roi_capture.active_mode
    if wanted is None or active in (None, wanted):
        return ""
    roi = "large_roi" if wanted == "dual" else "legacy_roi"
    return f"roi_capture.mode is {wanted}, but roi_capture.{roi} is not set: the mode is {active} until it is"


def _small(config: FemConfig) -> str:
    large = config.roi_capture.large_roi
    if large is None or min(large.roi.width, large.roi.height) >= SMALL_ROI_SIZE_PX:
        return ""
    return (
        f"roi_capture.large_roi is only {large.roi.width}x{large.roi.height} px: "
        "it is measured as a whole, for the small ROI does not fit into it"
    )
