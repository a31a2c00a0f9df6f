"""What the families of directories have in common: what a person, a group and a disabled account look like there."""

import time
from collections.abc import Iterable
from typing import Any

from .. import ldif
from .configuration import Table
from .server import SUFFIX, LDAPServer, free_port

UNITS = ["people", "partners", "groups", "outside", "crowd"]
PEOPLE, PARTNERS, GROUPS, OUTSIDE, CROWD = (f"ou={name},{SUFFIX}" for name in UNITS)
SALES = f"ou=sales,{PEOPLE}"


class Family(LDAPServer):
    """A server of one family with a reader for pbxsyncd and an admin for the tests. Each family adds `start`."""

    #: Its name on the command line, and in text.
    name: str
    title: str
    #: The Debian packages that it needs, and whether it must be installed and started as root.
    packages: list[str]
    needs_root = True
    #: The attribute with the immutable id.
    identity: str
    #: A reader with a size limit, if the family has one.
    limited = f"cn=limited,{SUFFIX}"
    #: Whether it has pages, keeps memberOf, has groups follow renames, and sends change notifications.
    pages = memberof = refint = tells = True
    #: A part of its product name; the first word of its title if there is none.
    product: str | None = None
    #: Whether it shows which attributes there are.
    schema = True
    #: The template of a contact's company.
    company = "{o}"
    #: What a first run makes of those who are there from the beginning.
    first_calls = ["addExt 1000", "addPhonebook 49405551"]
    #: The settings that pbxsyncd needs for it.
    directory_keys: Table = {}
    #: The filters of people, of contacts, and of the five thousand.
    users = contacts = crowd = "(objectClass=inetOrgPerson)"

    def start(self) -> None:
        """Starts it for the first time, and fills it."""
        raise NotImplementedError

    def known_id(self, dn: str) -> str:
        """The immutable id of an entry, as the family's own tools show it."""
        return self.read(dn, self.identity)[0].lower()

    def fill(self) -> None:
        """The units, an entry of each kind that is always there, and the reader, which a family may need to make by itself."""
        units = "".join(ldif.add(f"ou={name},{SUFFIX}", {"objectClass": "organizationalUnit"}) for name in UNITS)
        self.change(units, ldif.add(SALES, {"objectClass": "organizationalUnit"}))
        self.change(self.person("Anchor", 1000)[1], self.partner("Fjord", "+49 40 555 1")[1])

    def show(self, dn: str) -> None:
        """Lets the reader see a part of the directory, where not all is open to him."""

    # What entries look like

    def person(self, name: str, number: int, parent: str = PEOPLE, **more: Any) -> tuple[str, str]:
        """The DN and the LDIF of somebody with an extension."""
        attributes = {
            "objectClass": "inetOrgPerson", "uid": f"u{number}", "givenName": name, "sn": "Muster",
            "mail": f"u{number}@example.com", "telephoneNumber": f"+49 30 9018 {number}"}
        dn = f"cn={ldif.escaped(name)},{parent}"
        return dn, ldif.add(dn, attributes | {"cn": name} | more)

    def partner(self, name: str, number: str, **more: Any) -> tuple[str, str]:
        dn = f"cn={ldif.escaped(name)},{PARTNERS}"
        attributes = {
            "objectClass": "inetOrgPerson", "cn": name, "givenName": name, "sn": "Extern", "o": "Fjord",
            "telephoneNumber": number}
        return dn, ldif.add(dn, attributes | more)

    def one_of_crowd(self, name: str, number: int) -> str:
        return ldif.add(f"cn={name},{CROWD}", {
            "objectClass": "inetOrgPerson", "givenName": name, "sn": "Crowd", "telephoneNumber": number})

    def group(self, name: str, members: Iterable[str] = ()) -> tuple[str, str]:
        dn = f"cn={name},{GROUPS}"
        # A groupOfNames is never empty (RFC 4519, section 3.5).
        names = list(members) or [f"cn=Anchor,{PEOPLE}"]
        return dn, ldif.add(dn, {"objectClass": "groupOfNames", "cn": name, "member": names})

    def disable(self, dn: str) -> str:
        """slapo-ppolicy(5): locked for good, by an admin. Families with a switch of their own have theirs."""
        return ldif.replace(dn, pwdAccountLockedTime="000001010000Z")

    def enable(self, dn: str) -> str:
        return ldif.replace(dn, pwdAccountLockedTime=None)

    def lock_out(self, dn: str) -> None:
        """As after too many wrong passwords."""
        self.change(ldif.replace(dn, pwdAccountLockedTime="20260101000000Z"))

    def expire(self, dn: str) -> str:
        """An account that ended yesterday."""
        return ldif.modify(
            dn, ("add", "objectClass", "shadowAccount"), ("add", "shadowExpire", int(time.time()) // 86400 - 1))

    def not_listening(self) -> int:
        """A port on which nothing answers."""
        return free_port()
