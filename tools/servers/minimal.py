"""A scripted server that has no pages, no schema, no root DSE and no id of its own (minimal_server.py)."""

import sys
from collections.abc import Iterable
from typing import Any

from .. import ldif
from .certificates import Certificates
from .family import CROWD, GROUPS, PEOPLE, Family
from .server import PASSWORD, SUFFIX, free_port


class Minimal(Family):
    name = "minimal"
    title = "Minimal server"
    packages = ["ldap-utils"]
    needs_root = False
    product = ""
    pages = memberof = refint = tells = schema = False

    identity = "uid"
    directory_keys = {"identity": "uid"}

    def start(self) -> None:
        self.port, self.tls_port = free_port(), free_port()
        certificates = Certificates(f"{self.folder}/tls")
        self.certificate, self.key = certificates.sign("server", "/CN=localhost")
        self.ca_file = certificates.ca
        self.restart()
        self.fill()

    def restart(self) -> None:
        self.stop()
        self.spawn(
            sys.executable, "-m", "tools.servers.minimal_server", str(self.port), str(self.tls_port), self.certificate,
            self.key, f"{self.folder}/changes", SUFFIX, f"{self.admin}={PASSWORD}", f"{self.reader}={PASSWORD}")

    def wait(self, seconds: float = 60) -> None:
        """Until it shows the entry that it has from the beginning: there is no other."""
        self.wait_until(lambda: self.tool("ldapsearch", "-s", "base", "-b", SUFFIX, "1.1").returncode == 0, seconds)

    # An id must be everybody's. Where there is no schema, a first run names each attribute that nobody has.
    first_calls = ["addExt 1000", "addPhonebook 491715551", "addPhonebook 49405551"]

    def person(self, name: str, number: int, parent: str = PEOPLE, **more: Any) -> tuple[str, str]:
        return super().person(name, number, parent, **({"mobile": "+49 171 5550"} if name == "Anchor" else {}) | more)

    def partner(self, name: str, number: str, **more: Any) -> tuple[str, str]:
        first = {"mobile": "+49 171 555 1"} if name == "Fjord" else {}
        return super().partner(name, number, **{"uid": f"p{name}"} | first | more)

    def one_of_crowd(self, name: str, number: int) -> str:
        return ldif.add(f"cn={name},{CROWD}", {
            "objectClass": "inetOrgPerson", "givenName": name, "sn": "Crowd", "telephoneNumber": number, "uid": name})

    def group(self, name: str, members: Iterable[str] = ()) -> tuple[str, str]:
        dn = f"cn={name},{GROUPS}"
        return dn, ldif.add(dn, {
            "objectClass": "groupOfNames", "cn": name, "uid": name, "member": list(members) or [f"cn=Anchor,{PEOPLE}"]})

    def disable(self, dn: str) -> str:
        return ldif.replace(dn, loginDisabled="TRUE")

    def enable(self, dn: str) -> str:
        return ldif.replace(dn, loginDisabled=None)
