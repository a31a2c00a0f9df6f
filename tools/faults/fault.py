"""What a fault is. Each is laid in for one or more runs, and taken away again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from .site import Site

if TYPE_CHECKING:
    from .campaign import Cycle

#: What a run prints with --json.
Report = dict[str, Any]


class Seen:
    """What could be seen of the runs of a fault."""

    def __init__(self, site: Site, report: Report | None, pbx_faults: int, calls: int) -> None:
        self.site = site
        self.report = report  # what pbxsyncd printed; None where it died
        self.pbx_faults = pbx_faults  # calls on which the PBX played a fault
        self.calls = calls

    @property
    def was_troubled(self) -> bool:
        """Whether the run failed, or wasn't sure of something."""
        it = self.report
        return it is None or bool(it["error"] or it["held"] or it["waiting"] or not it["complete"])


class Fault:
    """What a fault does. `crash` is what PBXSYNCD_CRASH_AT says during the run, `kill_after` when it is killed, in
    seconds. Two faults can be on at once where they have different places."""

    weight = 10
    #: How many runs it is on for, one of these.
    runs = [1]
    place: str | None = None  # directory, pbx or pbxsyncd
    # Whether it may show pbxsyncd values that aren't those of the directory.
    misleads = False

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.crash: str | None = None
        self.kill_after: float | None = None
        self.detail: Any = None

    def begin(self, site: Site) -> None:
        pass

    def end(self, site: Site) -> int:
        """Returns how many calls to the PBX it left without an answer, not counting those in the PBX's log."""
        return 0

    def was_met(self, seen: Seen) -> bool:
        """Whether pbxsyncd noticed it in a run."""
        return seen.was_troubled

    def __str__(self) -> str:
        return type(self).__name__ + (f" ({self.detail})" if self.detail else "")


class Situation(Fault):
    """What is more than a fault of some runs: it plays a story of its own, with an admin in it, before the normal runs."""

    def play(self, cycle: Cycle) -> None:
        raise NotImplementedError
