"""Every fault of the campaign, and how they come together."""

import random

from . import faults_directory, faults_pbx, situations, situations_daemon
from .fault import Fault, Seen
from .site import Site

POINTS = [
    "run-begun", "read-recorded", "notes-taken", "holds-kept", "intents-committed", "request-answered",
    "outcomes-committed", "backoffs-stored", "run-finished"]


class Kill(Fault):
    """kill -9 at a named step, at its first, second, ... pass."""

    place = "pbxsyncd"
    weight = 120

    def begin(self, site: Site) -> None:
        point = self.rng.choice(POINTS)
        repeated = point in ("intents-committed", "request-answered", "outcomes-committed")
        self.crash = f"{point}:{self.rng.choice([1, 1, 2, 3, 5]) if repeated else 1}"
        self.detail = self.crash

    def was_met(self, seen: Seen) -> bool:
        return seen.report is None


class KillAnytime(Fault):
    """kill -9 at a moment of its own."""

    place = "pbxsyncd"
    weight = 15

    def begin(self, site: Site) -> None:
        self.kill_after = self.rng.uniform(0.02, 0.25)
        self.detail = f"after {self.kill_after:.3f} s"

    def was_met(self, seen: Seen) -> bool:
        return True


PLAIN: list[type[Fault]] = faults_directory.ALL + faults_pbx.ALL + [Kill, KillAnytime]
SITUATIONS: list[type[Fault]] = situations.ALL + situations_daemon.ALL
ALL = PLAIN + SITUATIONS


def choose(rng: random.Random, among: list[type[Fault]] = PLAIN) -> Fault:
    return rng.choices(among, [it.weight for it in among])[0](rng)


def story(rng: random.Random, only: str | None = None) -> list[list[Fault]]:
    """What happens in a cycle: steps of faults that are on at once. Most often one step of one fault; always this
    fault where `only` has its name."""
    def at_once(count: int) -> list[Fault]:
        places = rng.sample(["directory", "pbx", "pbxsyncd"], count)
        return [choose(rng, [it for it in PLAIN if it.place == place]) for place in places]

    if only:
        return [[next(it for it in ALL if it.__name__ == only)(rng)]]
    kind = rng.random()
    if kind < 0.15:
        return [[choose(rng, SITUATIONS)]]
    if kind < 0.2:
        return [[choose(rng)], [choose(rng, SITUATIONS)]]
    if kind < 0.6:
        return [[choose(rng)]]
    if kind < 0.75:
        return [[choose(rng)] for _ in range(rng.choice([2, 2, 3]))]
    if kind < 0.95:
        return [at_once(rng.choice([2, 2, 3]))]
    return [at_once(2), [choose(rng)]]
