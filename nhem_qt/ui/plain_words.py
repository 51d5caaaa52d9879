"""Words of users: names, notes and paths are shown as they are, never read as markup."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def show_plainly(box: QWidget) -> None:
    """Let every label that is in `box` by now show its words as they are."""
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)


def plain_tip(words: str) -> str:
    """Return a tool tip that shows `words` as they are, in lines as long as fit; none where there are no words."""
    # What looks like markup would be taken for it: so it is made markup that looks like the words.
    return f'<p style="white-space: pre-wrap">{html.escape(words)}</p>' if words else ""
