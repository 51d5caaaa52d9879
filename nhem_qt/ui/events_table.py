"""What happened in a session besides the peaks: marks, notices, changes of what is measured."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nhem_qt.ui import palette
from nhem_qt.ui.rows_table import Column, RowsModel, RowsTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from nhem_qt.monitor import Fault, Transition
    from nhem_qt.session import Change, Digest, KeptNotice, Mark


class EventKind(StrEnum):
    """What can happen."""

    MARK = "mark"
    NOTICE = "notice"
    CHANGE = "change"
    STATE = "state"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Event:
    """One happening, `t_s` seconds after the start of the session."""

    t_s: float
    kind: EventKind
    text: str


def event_columns(tr: Callable[[str], str]) -> tuple[Column, ...]:
    """Return the columns for rows of Event."""
    return (
        Column(tr("Time, s"), tr("Seconds since the session started"), lambda event: f"{event.t_s:.2f}"),
        Column(
            tr("What"),
            tr("Kind of the event"),
            lambda event: _kind_words(event.kind, tr),
            lambda _event: palette.ACCENT,
        ),
        Column(
            tr("Text"), tr("Note of the mark, or what was told"), lambda event: event.text, lambda _event: palette.TEXT
        ),
    )


class EventsModel(RowsModel[Event]):
    """Events in time order."""

    def put(self, event: Event) -> None:
        """List an event at its time; a mark takes the place of the one that was set at that very moment."""
        begin = bisect.bisect_left(self._rows, event.t_s, key=_time_s)
        end = bisect.bisect_right(self._rows, event.t_s, key=_time_s)
        same = [place for place in range(begin, end) if self._rows[place].kind is event.kind is EventKind.MARK]
        if same:
            self.set_at(same[0], event)
        else:
            self.insert_at(end, event)


class EventsTable(RowsTable):
    """The list of events: the text takes what room there is."""

    def __init__(self, model: RowsModel[Event], parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.horizontalHeader().setStretchLastSection(True)


def events_of(digest: Digest, tr: Callable[[str], str]) -> tuple[Event, ...]:
    """Return all events of a kept session, in time order."""
    events = [
        *map(mark_event, digest.marks),
        *map(notice_event, digest.notices),
        *(
            _change_event(change, tr)
            for change in digest.changes
            if digest.span is None or digest.span.contains(change.t_s)
        ),
    ]
    return tuple(sorted(events, key=_time_s))


def mark_event(mark: Mark) -> Event:
    """Return a mark as an event."""
    return Event(mark.t_s, EventKind.MARK, mark.note)


def notice_event(notice: KeptNotice) -> Event:
    """Return what the operator was told as an event."""
    return Event(notice.t_s, EventKind.NOTICE, notice.text)


def transition_event(transition: Transition) -> Event:
    """Return a change of the coordination state as an event."""
    return Event(transition.t_s, EventKind.STATE, f"{transition.new} after {transition.old}: {transition.reason}")


def fault_event(fault: Fault) -> Event:
    """Return a fault with its kind and impact as an event."""
    return Event(fault.t_s, EventKind.FAULT, f"{fault.kind}, {fault.impact}: {fault.message}")


def _time_s(event: Event) -> float:
    return event.t_s


def _change_event(change: Change, tr: Callable[[str], str]) -> Event:
    if change.key == "paused":
        return Event(change.t_s, EventKind.CHANGE, tr("paused") if change.value else tr("resumed"))
    if change.key == "stride":
        return Event(change.t_s, EventKind.CHANGE, tr("ticks for one gray value: {0}").format(change.value))
    value = tr("other parameters") if change.key == "detector" else str(change.value)
    return Event(change.t_s, EventKind.CHANGE, f"{change.key}: {value}")


def _kind_words(kind: EventKind, tr: Callable[[str], str]) -> str:
    words = {
        EventKind.MARK: tr("mark"),
        EventKind.NOTICE: tr("notice"),
        EventKind.CHANGE: tr("change"),
        EventKind.STATE: tr("state"),
        EventKind.FAULT: tr("fault"),
    }
    return words[kind]
