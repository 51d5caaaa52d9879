"""A source that is handed from a thread that hangs to a fresh one."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nhem_qt.capture import CaptureError
from nhem_qt.capture.relay import AbandonedError, RecordingRelay, Relay
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROI = Roi(0, 0, 8, 6)
PATIENCE_S = 30.0


class Handle:
    """A picture of one gray value; it hangs in every call while `free` is not set."""

    kind = SourceKind.DEMO

    def __init__(self, gray: int) -> None:
        self.gray = gray
        self.free = threading.Event()
        self.free.set()
        self.entered = threading.Event()
        self.closed = threading.Event()
        self.failing: Exception | None = None

    @property
    def bounds(self) -> Roi:
        self._wait()
        return ROI

    def grab(self, roi: Roi) -> Frame:
        self._wait()
        if self.failing is not None:
            raise self.failing
        return Frame(np.full((roi.height, roi.width, 4), self.gray, np.uint8), roi, time.perf_counter(), self.kind)

    def close(self) -> None:
        self.closed.set()

    def _wait(self) -> None:
        self.entered.set()
        self.free.wait()


class Stage:
    """A relay whose handles are numbered, each with a gray value of its own, and threads that use it."""

    def __init__(self) -> None:
        self.handles = [Handle(gray) for gray in range(10)]
        self.opened = 0
        self.asked = threading.Event()
        self.opening = threading.Event()
        self.opening.set()
        self.relay = Relay(SourceKind.DEMO, self._open)

    def begin(self, call: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
        """Call in another thread; what comes of it stands in the list."""
        outcome: list[object] = []

        def run() -> None:
            try:
                outcome.append(call())
            except (Exception, AbandonedError) as error:  # noqa: BLE001 - whatever comes of it
                outcome.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread, outcome

    def hang(self, handle: Handle) -> tuple[threading.Thread, list[object]]:
        """Begin a grab that hangs in `handle`."""
        handle.free.clear()
        handle.entered.clear()
        thread, outcome = self.begin(lambda: self.relay.grab(ROI))
        assert handle.entered.wait(PATIENCE_S)
        return thread, outcome

    def free_all(self) -> None:
        self.opening.set()
        for handle in self.handles:
            handle.free.set()

    def _open(self) -> Handle:
        handle = self.handles[self.opened]
        self.opened += 1
        self.asked.set()
        self.opening.wait()
        return handle


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.free_all()


def ended(thread: threading.Thread) -> bool:
    thread.join(PATIENCE_S)
    return not thread.is_alive()


def test_one_handle_serves_all_calls_and_is_closed_in_the_end(stage: Stage) -> None:
    assert stage.opened == 0
    assert stage.relay.bounds == ROI
    assert [stage.relay.grab(ROI).gray for _ in range(3)] == [0.0, 0.0, 0.0]
    assert stage.opened == 1
    stage.relay.close()
    assert stage.handles[0].closed.is_set()


def test_a_relay_that_was_never_used_opens_nothing_to_close_it(stage: Stage) -> None:
    stage.relay.close()
    assert stage.opened == 0


def test_a_capture_error_is_passed_on_and_the_handle_kept(stage: Stage) -> None:
    stage.handles[0].failing = CaptureError("locked")
    with pytest.raises(CaptureError, match="locked"):
        stage.relay.grab(ROI)
    stage.handles[0].failing = None
    assert stage.relay.grab(ROI).gray == 0.0


def test_an_owner_that_is_in_no_call_stays_the_owner(stage: Stage) -> None:
    assert not stage.relay.take_over("hung")
    stage.relay.grab(ROI)
    assert not stage.relay.take_over("hung")
    assert stage.relay.grab(ROI).gray == 0.0
    assert stage.opened == 1


def test_a_hung_call_is_left_told_once_and_gone_on_with_a_fresh_handle(stage: Stage) -> None:
    thread, outcome = stage.hang(stage.handles[0])
    assert stage.relay.take_over("it did not answer")
    assert not stage.relay.answers
    with pytest.raises(CaptureError, match="it did not answer"):
        stage.relay.grab(ROI)
    assert not stage.relay.answers
    assert stage.relay.grab(ROI).gray == 1.0
    assert stage.relay.answers
    assert thread.is_alive()
    stage.free_all()
    assert ended(thread)
    assert [type(one) for one in outcome] == [AbandonedError]
    assert stage.handles[0].closed.is_set()
    assert not stage.handles[1].closed.is_set()
    assert stage.relay.grab(ROI).gray == 1.0


def test_a_late_failure_is_no_failure_of_the_owner_of_now(stage: Stage) -> None:
    thread, outcome = stage.hang(stage.handles[0])
    stage.handles[0].failing = CaptureError("the connection was reset")
    assert stage.relay.take_over()
    assert stage.relay.grab(ROI).gray == 1.0
    stage.free_all()
    assert ended(thread)
    assert [type(one) for one in outcome] == [AbandonedError]


def test_what_hangs_while_it_is_opened_is_left_and_closed_when_it_comes(stage: Stage) -> None:
    stage.opening.clear()
    thread, outcome = stage.begin(lambda: stage.relay.bounds)
    assert stage.asked.wait(PATIENCE_S)
    assert stage.relay.take_over()
    stage.opening.set()
    assert stage.relay.grab(ROI).gray == 1.0
    assert ended(thread)
    assert [type(one) for one in outcome] == [AbandonedError]
    assert stage.handles[0].closed.is_set()
    assert not stage.handles[1].closed.is_set()


def test_a_fresh_handle_that_cannot_be_opened_is_tried_again_with_every_call() -> None:
    answers: list[Handle | CaptureError] = [CaptureError("no screen"), CaptureError("no screen"), Handle(7)]

    def open_next() -> Handle:
        answer = answers.pop(0)
        if isinstance(answer, CaptureError):
            raise answer
        return answer

    relay = Relay(SourceKind.DEMO, open_next)
    for _ in range(2):
        with pytest.raises(CaptureError, match="no screen"):
            relay.grab(ROI)
    assert relay.grab(ROI).gray == 7.0


def test_only_the_last_of_many_owners_touches_anything(stage: Stage) -> None:
    threads = []
    for handle in stage.handles[:9]:
        threads.append(stage.hang(handle))
        assert stage.relay.take_over()
    assert stage.relay.grab(ROI).gray == 9.0
    stage.free_all()
    assert all(ended(thread) for thread, _ in threads)
    assert {type(one) for _, outcome in threads for one in outcome} == {AbandonedError}
    assert [handle.closed.is_set() for handle in stage.handles] == [True] * 9 + [False]


def test_a_recording_gives_all_that_its_schedule_asks_for() -> None:
    class Recording(Handle):
        rate_hz = 25.0
        upcoming_index = 3
        frames_missing = 2
        recorded_at = dt.datetime(2020, 2, 29, tzinfo=dt.UTC)

        def upcoming_s(self) -> float:
            return 0.12

    relay = RecordingRelay(SourceKind.VIDEO, lambda: Recording(5))
    assert (relay.rate_hz, relay.upcoming_index, relay.frames_missing, relay.upcoming_s()) == (25.0, 3, 2, 0.12)
    assert relay.recorded_at == Recording.recorded_at


def test_that_frames_of_a_recording_are_damaged_is_known_when_its_handle_is_gone() -> None:
    class Recording(Handle):
        damage = "2 frames are damaged"

    relay = RecordingRelay(SourceKind.VIDEO, lambda: Recording(5))
    assert relay.damage is None
    assert relay.grab(ROI).gray == 5.0
    relay.close()
    assert relay.damage == "2 frames are damaged"
