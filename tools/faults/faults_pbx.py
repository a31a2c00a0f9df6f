"""Faults of the PBX, as the simulator plays them or the proxy before it."""

from ..servers.pbx import JSON
from .fault import Fault, Seen
from .proxy import Order
from .site import Site


class PBXFault(Fault):
    """A fault that the simulated PBX plays on some calls of a run."""

    place = "pbx"
    kinds: list[str] = []
    runs = [1, 1, 2]

    def begin(self, site: Site) -> None:
        fault: JSON = {"kind": self.rng.choice(self.kinds), "after": self.rng.choice([0, 0, 1, 2, 4])}
        times = self.rng.choice([1, 1, 2, 5, None])
        if times:
            fault["times"] = times
        fault.update(self.extra())
        self.detail = " ".join(f"{name}={value}" for name, value in fault.items())
        site.pbx.set_faults([fault])

    def extra(self) -> JSON:
        return {}

    def end(self, site: Site) -> int:
        site.pbx.set_faults([])
        return 0

    def was_met(self, seen: Seen) -> bool:
        return seen.pbx_faults > 0


class CutBefore(PBXFault):
    kinds = ["cut-before"]
    weight = 20


class CutAfter(PBXFault):
    kinds = ["cut-after", "cut-reply"]
    weight = 30


class ServerError(PBXFault):
    kinds = ["error-500", "http-500", "webservice-error"]
    weight = 30

    def extra(self) -> JSON:
        return {"processed": self.rng.random() < 0.5}


class Page(PBXFault):
    """An answer that isn't the API's."""

    kinds = ["html", "empty", "wrong-json", "unknown-code"]
    weight = 20

    def extra(self) -> JSON:
        return {"processed": self.rng.random() < 0.5}


class KeyExpired(PBXFault):
    kinds = ["key-expired"]


class HalfBatch(PBXFault):
    kinds = ["half-batch"]
    weight = 10

    def extra(self) -> JSON:
        return {"then": self.rng.choice(["error-500", "cut-after", "html", "http-500"])}


class Slow(PBXFault):
    """Answers that come late, some of them later than anybody waits."""

    kinds = ["delay"]
    weight = 3

    def extra(self) -> JSON:
        return {"ms": self.rng.choice([50, 300, 2500]), "times": self.rng.choice([1, 2])}


class PBXConnection(Fault):
    """The connection to the PBX is broken at a random byte of the request or of the answer."""

    place = "pbx"
    weight = 20

    def begin(self, site: Site) -> None:
        kind = self.rng.choice(["cut-request", "cut-answer"])
        order = Order(kind, times=self.rng.choice([1, 2, 50]), at=self.rng.randrange(1, 700))
        self.detail = f"{order.kind} at {order.at}, {order.times} times"
        site.pbx_proxy.arm(order)

    def end(self, site: Site) -> int:
        return site.pbx_proxy.disarm()

    def was_met(self, seen: Seen) -> bool:
        return seen.site.pbx_proxy.broken > 0


class PBXDown(Fault):
    place = "pbx"
    weight = 4

    def begin(self, site: Site) -> None:
        site.pbx_proxy.arm(Order("refuse", times=1000))

    def end(self, site: Site) -> int:
        site.pbx_proxy.disarm()
        return 0

    def was_met(self, seen: Seen) -> bool:
        return seen.site.pbx_proxy.broken > 0


class WrongKey(Fault):
    place = "pbx"
    weight = 3

    def begin(self, site: Site) -> None:
        site.set_key("a-wrong-key")

    def end(self, site: Site) -> int:
        site.set_key()
        return 0


ALL: list[type[Fault]] = [CutBefore, CutAfter, ServerError, Page, KeyExpired, HalfBatch, Slow, PBXConnection, PBXDown, WrongKey]
