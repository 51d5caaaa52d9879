"""What the operator is told of faults and of what is done about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.monitor.errors import ErrorKind, Fault, FaultLog, Impact, Recovery, fault_of
from nhem_qt.monitor.fallback import Fallback
from nhem_qt.monitor.picture_faults import PictureNotice
from nhem_qt.monitor.spells import Spell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhem_qt.monitor.fallback import Fallbacks, Way

# Shorter outages are seen in the state and counted, but are no news.
_OUTAGE_S = 1.0
_MOST_NEWS = 100


@dataclass(frozen=True, slots=True)
class News:
    """What is new: faults, notices to be shown, and remarks that are kept with the session and shown to nobody."""

    faults: tuple[Fault, ...] = ()
    notices: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.faults or self.notices or self.remarks)

    def joined(self, later: News) -> News:
        """Return both together; of very many the last ones."""
        return News(
            (*self.faults, *later.faults)[-_MOST_NEWS:],
            (*self.notices, *later.notices)[-_MOST_NEWS:],
            (*self.remarks, *later.remarks)[-_MOST_NEWS:],
        )


NO_NEWS = News()


_PICTURE_WORDS = {
    PictureNotice.FROZEN: (
        "The picture stands still: see that the scanner is running and its picture on the screen is live",
        "The picture moves again",
    ),
    PictureNotice.BLACK: (
        "The measured box is black: see that the screen is on and shows the ultrasound picture",
        "The measured box is no longer black",
    ),
    PictureNotice.COVERED: (
        "Something covers the measured box: move it away",
        "The measured box is free again",
    ),
    PictureNotice.MOVED: (
        "The picture shows another place all at once: see that the probe is where it should be",
        "The picture has come to rest",
    ),
}
_BLACK_S = 0.3


class Teller:
    """Collects faults and notices until somebody takes them; each begin and end of a trouble is told once."""

    def __init__(self) -> None:
        self.faults = FaultLog()
        self._why, self._kind = "", ErrorKind.CAPTURE
        self._notices: list[str] = []
        self._remarks: list[str] = []
        self._outage, self._small = Spell(_OUTAGE_S), Spell(_OUTAGE_S)
        self._single, self._emergency, self._odd = Spell(), Spell(), Spell()
        self._missed: Way | None = None
        self._lost_since_s = 0.0
        self._in_trouble = False
        self._picture: PictureNotice | None = None
        self._picture_spells = {
            notice: Spell(_BLACK_S if notice is PictureNotice.BLACK else 0.0) for notice in _PICTURE_WORDS
        }

    def take_news(self) -> News:
        """Return what is new since the last call."""
        faults = self.faults.take_fresh()
        if not (faults or self._notices or self._remarks):
            return NO_NEWS
        news = News(faults, tuple(self._notices), tuple(self._remarks))
        self._notices.clear()
        self._remarks.clear()
        return news

    def tell(self, text: str, *, shown: bool = True) -> None:
        """Have the operator told, or only keep it with the session."""
        (self._notices if shown else self._remarks).append(text)

    def failed(self, error: Exception, t_s: float) -> Fault:
        """Note an error of a capture."""
        fault = fault_of(error, t_s)
        self._why, self._kind = fault.message, fault.kind
        self.faults.note(fault)
        return fault

    def remark(self, oddities: Iterable[str], t_s: float) -> None:
        """Keep what is odd, once while it lasts."""
        for text in oddities:
            if self._odd.begins(t_s):
                self._remarks.append(text)
            return
        self._odd.ends()

    def tell_picture(self, notice: PictureNotice | None, t_s: float) -> None:
        """Tell what is wrong with the picture, and when that is over."""
        if notice not in _PICTURE_WORDS:
            notice = None
        if notice is None and self._picture is None:
            return
        if self._picture is not notice and self._picture is not None and self._picture_spells[self._picture].ends():
            self.tell(_PICTURE_WORDS[self._picture][1])
        self._picture = notice
        if notice is not None and self._picture_spells[notice].begins(t_s):
            self.tell(_PICTURE_WORDS[notice][0])

    def tell_fallbacks(self, fallbacks: Fallbacks, now_s: float) -> None:
        """Tell what is done instead of the usual, and when that is over."""
        level = fallbacks.level(now_s)
        if level is Fallback.NONE and not self._in_trouble:
            return
        self._in_trouble = level is not Fallback.NONE
        self._tell_outage(level, fallbacks.lost_s(now_s), now_s)
        self._tell_single(fallbacks, now_s)
        self._tell_small(level, now_s)

    def _tell_outage(self, level: Fallback, lost_s: float, now_s: float) -> None:
        if level in {Fallback.LAST_PICTURE, Fallback.EMERGENCY}:
            self._lost_since_s = now_s - lost_s
            if level is Fallback.EMERGENCY:
                if self._emergency.begins(now_s):
                    self._tell_emergency(lost_s, now_s)
            elif self._outage.begins(now_s):
                self.tell(f"The capture fails: {self._why}. The last picture is shown, and it is tried again")
            return
        told = [self._emergency.ends(), self._outage.ends()]
        if any(told):
            # Up to now, for a capture that hangs fails on hardly any tick.
            self.tell(f"The capture works again; nothing was measured for {now_s - self._lost_since_s:.1f} s")

    def _tell_emergency(self, lost_s: float, now_s: float) -> None:
        text = f"Nothing could be captured for {lost_s:.0f} s, emergency mode: {self._why}"
        self.tell(text)
        self.faults.note(Fault(self._kind, Impact.CRITICAL, Recovery.RETRY_CAPTURE, now_s, text))

    def _tell_single(self, fallbacks: Fallbacks, now_s: float) -> None:
        used, wanted = fallbacks.used, fallbacks.wanted
        if used is wanted:
            # Whoever chooses other regions meanwhile knows what is measured then.
            if self._single.ends() and wanted is self._missed:
                self.tell(f"Dual mode works again: the centre of {wanted.regions.large} is measured")
        elif self._single.begins(now_s):
            self._missed = wanted
            text = (
                f"Dual mode has failed for long: {self._why}. "
                f"Until it works again the legacy region {used.regions.large} is measured as a whole"
            )
            self.tell(text)
            self.faults.note(Fault(self._kind, Impact.MEDIUM, Recovery.GRACEFUL_DEGRADATION, now_s, text))

    def _tell_small(self, level: Fallback, now_s: float) -> None:
        if level is not Fallback.SMALL_FROM_LARGE:
            if self._small.ends():
                self.tell("The small region can be had by itself again")
        elif self._small.begins(now_s):
            self.tell(f"The small region cannot be had by itself: {self._why}. It is taken from the large one")
