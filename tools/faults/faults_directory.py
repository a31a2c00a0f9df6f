"""Faults of the directory: cut connections, limits, hidden and moved people, servers that lag behind."""

from ..servers.server import READER
from .fault import Fault, Seen
from .people import UNITS, unit
from .proxy import Order, random_place
from .site import Site

ACL = f"{{0}}to * by dn.exact={READER} read by anonymous auth"
DATABASE = "olcDatabase={1}mdb,cn=config"


class DirectoryFault(Fault):
    place = "directory"


class DirectoryProxied(DirectoryFault):
    def order(self) -> Order:
        raise NotImplementedError

    def begin(self, site: Site) -> None:
        order = self.order()
        self.detail = f"{order.kind} at {order.at} code {order.code}"
        site.ldap_proxy.arm(order)

    def end(self, site: Site) -> int:
        site.ldap_proxy.disarm()
        return 0

    def was_met(self, seen: Seen) -> bool:
        return seen.site.ldap_proxy.broken > 0


class DirectoryCut(DirectoryProxied):
    """The connection is cut at a random byte."""

    weight = 30

    def order(self) -> Order:
        return Order("cut-answer", at=random_place(self.rng, 12_000))


class DirectoryRequestCut(DirectoryProxied):
    def order(self) -> Order:
        return Order("cut-request", at=random_place(self.rng, 900))


class DirectoryStall(DirectoryProxied):
    """The server falls silent at a random byte. Costs the idle timeout."""

    weight = 3

    def order(self) -> Order:
        return Order("stall", at=random_place(self.rng, 12_000))


class DirectoryDown(DirectoryProxied):
    weight = 4

    def order(self) -> Order:
        return Order("refuse", times=100)


class DirectoryCode(DirectoryProxied):
    """The server gives up in the middle: time limit, size limit, admin limit, busy, unavailable, unwilling, other."""

    weight = 20

    def order(self) -> Order:
        return Order("rewrite", at=self.rng.randrange(0, 14), code=self.rng.choice([3, 4, 11, 51, 52, 53, 80]))


class SizeLimit(DirectoryFault):
    """slapd's own size limit, hit in the middle."""

    runs = [1, 2]

    def begin(self, site: Site) -> None:
        entries = self.rng.randrange(8, 30)
        self.detail = f"{entries} entries"
        site.directory.change(
            f"dn: {DATABASE}\nchangetype: modify\nreplace: olcLimits\n"
            f"olcLimits: users size.hard={entries} size.soft={entries} size.prtotal={entries}\n\n", bind="cn=config")

    def end(self, site: Site) -> int:
        site.directory.change(f"dn: {DATABASE}\nchangetype: modify\ndelete: olcLimits\n\n", bind="cn=config")
        return 0


class Restart(DirectoryFault):
    """The server is restarted between two pages."""

    weight = 4

    def begin(self, site: Site) -> None:
        page = self.rng.randrange(2, 9)
        self.detail = f"after {page} results"
        site.ldap_proxy.arm(Order("hook", at=page, hook=site.directory.restart))

    def end(self, site: Site) -> int:
        site.ldap_proxy.disarm()
        return 0

    def was_met(self, seen: Seen) -> bool:
        return seen.site.ldap_proxy.broken > 0


class HiddenUnit(DirectoryFault):
    """An access rule hides a unit."""

    runs = [1, 2, 3]

    def begin(self, site: Site) -> None:
        name = self.rng.choice(UNITS)
        self.detail = name
        self.hide(site, f'olcAccess: {{0}}to dn.subtree="{unit(name)}" by * none\nolcAccess: {ACL.replace("{0}", "{1}")}\n')

    def end(self, site: Site) -> int:
        self.hide(site, f"olcAccess: {ACL}\n")
        return 0

    @staticmethod
    def hide(site: Site, rules: str) -> None:
        site.directory.change(
            f"dn: {DATABASE}\nchangetype: modify\nreplace: olcAccess\n{rules}\n", bind="cn=config")


class EmptiedUnit(DirectoryFault):
    """A unit's people are moved out of scope, and come back."""

    weight = 5
    runs = [1, 2, 3]

    def begin(self, site: Site) -> None:
        name = self.rng.choice(UNITS)
        self.detail = name
        self.unit = unit(name)
        self.moved = [uid for uid, it in site.people.people.items() if it["unit"] == name]
        self._move(site, self.unit, "ou=limbo,dc=example,dc=com")

    def end(self, site: Site) -> int:
        self._move(site, "ou=limbo,dc=example,dc=com", self.unit)
        return 0

    def _move(self, site: Site, old: str, new: str) -> None:
        site.directory.change("".join(
            f"dn: uid={uid},{old}\nchangetype: modrdn\nnewrdn: uid={uid}\ndeleteoldrdn: 0\nnewsuperior: {new}\n\n"
            for uid in self.moved))


class FilterTypo(DirectoryFault):
    """A filter that matches one person, or nobody."""

    runs = [1, 2, 3]

    def begin(self, site: Site) -> None:
        filter = self.rng.choice(["(uid=switchboard)", "(uid=p1)", "(uid=nobody)", "(objectClass=inetOrgPersn)"])
        self.detail = filter
        site.configure(filter=filter)

    def end(self, site: Site) -> int:
        site.configure()
        return 0


class Laggard(DirectoryFault):
    """A second server answers that lags behind: it has the state from before the last changes."""

    weight = 3
    runs = [1, 2]

    def begin(self, site: Site) -> None:
        site.configure(servers=[site.start_laggard(site.earlier)])

    def end(self, site: Site) -> int:
        site.configure()
        site.stop_laggard()
        return 0


class WrongPassword(DirectoryFault):
    weight = 2

    def begin(self, site: Site) -> None:
        site.set_password("wrong")

    def end(self, site: Site) -> int:
        site.set_password()
        return 0


ALL: list[type[Fault]] = [
    DirectoryCut, DirectoryRequestCut, DirectoryStall, DirectoryDown, DirectoryCode, SizeLimit, Restart, HiddenUnit,
    EmptiedUnit, FilterTypo, Laggard, WrongPassword]
