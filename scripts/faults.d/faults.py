"""Every fault of the campaign: each is laid in for one or more runs, and taken away again."""

from people import UNITS, unit
from proxy import Order, random_place
from installation import READER

POINTS = [
    "run-begun", "read-recorded", "notes-taken", "holds-kept", "intents-committed", "request-answered",
    "outcomes-committed", "setbacks-kept", "run-finished"]

ACL = f"{{0}}to * by dn.exact={READER} read by anonymous auth"
DATABASE = "olcDatabase={1}mdb,cn=config"


class Fault:
    """What a fault does. `crash` is what PBXSYNCD_CRASH_AT says during the run, `kill_after` when it is killed, in
    seconds."""

    weight = 10
    runs = [1]

    def __init__(self, rng):
        self.rng = rng
        self.crash = None
        self.kill_after = None

    def begin(self, site):
        pass

    def end(self, site):
        """Returns how many calls to the PBX it left without an answer, beside those that the PBX's log tells of."""
        return 0

    def __str__(self):
        return type(self).__name__ + (f" {self.detail}" if getattr(self, "detail", None) else "")


# MARK: The directory


class DirectoryProxied(Fault):
    def order(self):
        raise NotImplementedError

    def begin(self, site):
        order = self.order()
        self.detail = f"{order.kind} at {order.at} code {order.code}"
        site.ldap_proxy.arm(order)

    def end(self, site):
        site.ldap_proxy.disarm()
        return 0


class DirectoryCut(DirectoryProxied):
    """The connection is cut at a random byte."""

    weight = 30

    def order(self):
        return Order("cut-answer", at=random_place(self.rng, 12_000))


class DirectoryRequestCut(DirectoryProxied):
    def order(self):
        return Order("cut-request", at=random_place(self.rng, 900))


class DirectoryStall(DirectoryProxied):
    """The server falls silent at a random byte. Costs the idle timeout."""

    weight = 3

    def order(self):
        return Order("stall", at=random_place(self.rng, 12_000))


class DirectoryDown(DirectoryProxied):
    weight = 4

    def order(self):
        return Order("refuse", times=100)


class DirectoryCode(DirectoryProxied):
    """The server gives up in the middle: time limit, size limit, admin limit, busy, unavailable, unwilling, other."""

    weight = 20

    def order(self):
        return Order("rewrite", at=self.rng.randrange(0, 14), code=self.rng.choice([3, 4, 11, 51, 52, 53, 80]))


class SizeLimit(Fault):
    """slapd's own size limit, hit in the middle."""

    runs = [1, 2]

    def begin(self, site):
        entries = self.rng.randrange(8, 30)
        self.detail = f"{entries} entries"
        site.directory.modify(
            f"dn: {DATABASE}\nchangetype: modify\nreplace: olcLimits\n"
            f"olcLimits: users size.hard={entries} size.soft={entries} size.prtotal={entries}\n\n", bind="cn=config")

    def end(self, site):
        site.directory.modify(f"dn: {DATABASE}\nchangetype: modify\ndelete: olcLimits\n\n", bind="cn=config")
        return 0


class Restart(Fault):
    """The server is restarted between two pages."""

    weight = 4

    def begin(self, site):
        page = self.rng.randrange(2, 9)
        self.detail = f"after {page} results"
        site.ldap_proxy.arm(Order("hook", at=page, hook=site.directory.restart))

    def end(self, site):
        site.ldap_proxy.disarm()
        return 0


class HiddenUnit(Fault):
    """An access rule hides a unit."""

    runs = [1, 2, 3]

    def begin(self, site):
        name = self.rng.choice(UNITS)
        self.detail = name
        self._set(site, f'olcAccess: {{0}}to dn.subtree="{unit(name)}" by * none\nolcAccess: {ACL.replace("{0}", "{1}")}\n')

    def end(self, site):
        self._set(site, f"olcAccess: {ACL}\n")
        return 0

    @staticmethod
    def _set(site, rules):
        site.directory.modify(
            f"dn: {DATABASE}\nchangetype: modify\nreplace: olcAccess\n{rules}\n", bind="cn=config")


class EmptiedUnit(Fault):
    """A unit's people are moved out of scope, and come back."""

    weight = 5
    runs = [1, 2, 3]

    def begin(self, site):
        name = self.rng.choice(UNITS)
        self.detail = name
        self.unit = unit(name)
        self.moved = [uid for uid, it in site.people.people.items() if it["unit"] == name]
        self._move(site, self.unit, "ou=limbo,dc=example,dc=com")

    def end(self, site):
        self._move(site, "ou=limbo,dc=example,dc=com", self.unit)
        return 0

    def _move(self, site, old, new):
        site.directory.modify("".join(
            f"dn: uid={uid},{old}\nchangetype: modrdn\nnewrdn: uid={uid}\ndeleteoldrdn: 0\nnewsuperior: {new}\n\n"
            for uid in self.moved))


class FilterTypo(Fault):
    """A filter that matches one person, or nobody."""

    runs = [1, 2, 3]

    def begin(self, site):
        filter = self.rng.choice(["(uid=switchboard)", "(uid=p1)", "(uid=nobody)", "(objectClass=inetOrgPersn)"])
        self.detail = filter
        site.configure(filter=filter)

    def end(self, site):
        site.configure()
        return 0


class Laggard(Fault):
    """A second server answers that lags behind: it has the state from before the last changes."""

    weight = 3
    runs = [1, 2]

    def begin(self, site):
        site.configure(servers=[site.start_laggard(site.earlier)])

    def end(self, site):
        site.configure()
        site.stop_laggard()
        return 0


class WrongPassword(Fault):
    weight = 2

    def begin(self, site):
        site.set_password("wrong")

    def end(self, site):
        site.set_password()
        return 0


# MARK: The PBX


class PBXFault(Fault):
    """A fault that the simulated PBX plays on some calls of a run."""

    kinds = []
    details = {}
    runs = [1, 1, 2]

    def begin(self, site):
        fault = {"kind": self.rng.choice(self.kinds), "after": self.rng.choice([0, 0, 1, 2, 4])}
        times = self.rng.choice([1, 1, 2, 5, None])
        if times:
            fault["times"] = times
        fault.update(self.extra())
        self.detail = " ".join(f"{name}={value}" for name, value in fault.items())
        site.pbx.set_faults([fault])

    def extra(self):
        return {}

    def end(self, site):
        site.pbx.set_faults([])
        return 0


class CutBefore(PBXFault):
    kinds = ["cut-before"]
    weight = 20


class CutAfter(PBXFault):
    kinds = ["cut-after", "cut-reply"]
    weight = 30


class ServerError(PBXFault):
    kinds = ["error-500", "http-500", "webservice-error"]
    weight = 30

    def extra(self):
        return {"processed": self.rng.random() < 0.5}


class Page(PBXFault):
    """An answer that isn't the API's."""

    kinds = ["html", "empty", "wrong-json", "unknown-code"]
    weight = 20

    def extra(self):
        return {"processed": self.rng.random() < 0.5}


class KeyExpired(PBXFault):
    kinds = ["key-expired"]


class HalfBatch(PBXFault):
    kinds = ["half-batch"]
    weight = 10

    def extra(self):
        return {"then": self.rng.choice(["error-500", "cut-after", "html", "http-500"])}


class Slow(PBXFault):
    """Answers that come late, some of them later than anybody waits."""

    kinds = ["delay"]
    weight = 3

    def extra(self):
        return {"ms": self.rng.choice([50, 300, 1500]), "times": self.rng.choice([1, 2])}


class PBXConnection(Fault):
    """The connection to the PBX is broken at a random byte of the request or of the answer."""

    weight = 20

    def begin(self, site):
        kind = self.rng.choice(["cut-request", "cut-answer"])
        order = Order(kind, times=self.rng.choice([1, 2, 50]), at=self.rng.randrange(1, 700))
        self.detail = f"{order.kind} at {order.at}, {order.times} times"
        site.pbx_proxy.arm(order)

    def end(self, site):
        return site.pbx_proxy.disarm()


class PBXDown(Fault):
    weight = 4

    def begin(self, site):
        site.pbx_proxy.arm(Order("refuse", times=1000))

    def end(self, site):
        site.pbx_proxy.disarm()
        return 0


class WrongKey(Fault):
    weight = 3

    def begin(self, site):
        site.set_key("a-wrong-key")

    def end(self, site):
        site.set_key()
        return 0


# MARK: pbxsyncd itself


class Kill(Fault):
    """kill -9 at a named step, at its first, second, ... pass."""

    weight = 120

    def begin(self, site):
        point = self.rng.choice(POINTS)
        repeated = point in ("intents-committed", "request-answered", "outcomes-committed")
        self.crash = f"{point}:{self.rng.choice([1, 1, 2, 3, 5]) if repeated else 1}"
        self.detail = self.crash


class KillAnytime(Fault):
    """kill -9 at a moment of its own."""

    weight = 15

    def begin(self, site):
        self.kill_after = self.rng.uniform(0.02, 0.25)
        self.detail = f"after {self.kill_after:.3f} s"


ALL = [
    DirectoryCut, DirectoryRequestCut, DirectoryStall, DirectoryDown, DirectoryCode, SizeLimit, Restart, HiddenUnit,
    EmptiedUnit, FilterTypo, Laggard, WrongPassword, CutBefore, CutAfter, ServerError, Page, KeyExpired, HalfBatch, Slow,
    PBXConnection, PBXDown, WrongKey, Kill, KillAnytime]


def choose(rng):
    return rng.choices(ALL, [it.weight for it in ALL])[0](rng)
