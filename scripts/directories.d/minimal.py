"""A scripted server that has no pages, no schema, no root DSE and no id of its own (minimal_server.py)."""

import os
import sys
import time

import ldif
from certificates import Certificates
from directory import CROWD, GROUPS, PASSWORD, PEOPLE, SUFFIX, Directory
from installation import free_port


class Minimal(Directory):
    name = "minimal"
    title = "Minimal server"
    packages = ["ldap-utils"]
    needs_root = False
    product = ""
    pages = memberof = refint = tells = schema = False

    admin = f"cn=admin,{SUFFIX}"
    reader = f"cn=reader,{SUFFIX}"
    identity = "uid"
    options = ["identity = 'uid'"]

    def start(self):
        self.port, self.tls_port = free_port(), free_port()
        certificates = Certificates(f"{self.folder}/tls")
        self.certificate, self.key = certificates.sign("server", "/CN=localhost")
        self.ca_file = certificates.ca
        self.restart()
        self.fill()

    def restart(self):
        self.stop()
        self.spawn(
            sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "minimal_server.py"), str(self.port),
            str(self.tls_port), self.certificate, self.key, f"{self.folder}/changes", SUFFIX, f"{self.admin}={PASSWORD}",
            f"{self.reader}={PASSWORD}")

    def wait(self, seconds=60):
        """Until it shows the entry that it has from the beginning: there is no other."""
        end = time.time() + seconds
        while self.tool("ldapsearch", "-s", "base", "-b", SUFFIX, "1.1").returncode:
            if time.time() > end or self.process.poll() is not None:
                raise RuntimeError(open(f"{self.folder}/server.log").read()[-2000:])
            time.sleep(0.1)

    # An id must be everybody's. Where there is no schema, a first run names each attribute that nobody has.
    first_calls = ["addExt 1000", "addPhonebook 491715551", "addPhonebook 49405551"]

    def person(self, name, number, **more):
        return super().person(name, number, **({"mobile": "+49 171 5550"} if name == "Anchor" else {}) | more)

    def partner(self, name, number, **more):
        first = {"mobile": "+49 171 555 1"} if name == "Fjord" else {}
        return super().partner(name, number, **{"uid": f"p{name}"} | first | more)

    def one_of_crowd(self, name, number):
        return ldif.add(f"cn={name},{CROWD}", {
            "objectClass": "inetOrgPerson", "givenName": name, "sn": "Crowd", "telephoneNumber": number, "uid": name})

    def group(self, name, members=()):
        dn = f"cn={name},{GROUPS}"
        return dn, ldif.add(dn, {
            "objectClass": "groupOfNames", "cn": name, "uid": name, "member": list(members) or [f"cn=Anchor,{PEOPLE}"]})

    def disable(self, dn):
        return ldif.replace(dn, loginDisabled="TRUE")

    def enable(self, dn):
        return ldif.replace(dn, loginDisabled=None)
