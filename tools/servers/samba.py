"""Samba as an Active Directory domain controller. Its ports are fixed, so it wants a network namespace of its own."""

import base64
import os
import re
import subprocess
import time
import uuid
from collections.abc import Iterable
from typing import Any

from .. import ldif
from .certificates import Certificates
from .family import CROWD, GROUPS, PARTNERS, PEOPLE, Family
from .server import PASSWORD, SUFFIX, Environment

KERBEROS = """\
[libdefaults]
default_realm = EXAMPLE.COM
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
[realms]
EXAMPLE.COM = {
  kdc = 127.0.0.1
}
"""


class Samba(Family):
    name = "samba"
    company = "{o ?? company}"
    title = "Samba AD DC"
    # slapd stands beside it where something is to be shown that this Samba can't.
    packages = [
        "slapd", "samba-ad-dc", "samba-dsdb-modules", "samba-vfs-modules", "samba-ad-provision", "winbind", "krb5-user",
        "libsasl2-modules-gssapi-mit", "ldap-utils"]

    port, tls_port = 389, 636
    # Takes no password without encryption.
    starttls = True
    forks = True
    admin = f"cn=Administrator,cn=Users,{SUFFIX}"
    reader = f"cn=reader,cn=Users,{SUFFIX}"
    users = "(&(objectCategory=person)(objectClass=user))"
    contacts = crowd = "(objectClass=contact)"
    identity = "objectGUID"

    def start(self) -> None:
        self.certificates = Certificates(f"{self.folder}/tls")
        # A domain controller has a name in the domain.
        certificate, key = self.certificates.sign(
            "server", "/CN=dc.example.com", names="DNS:localhost,IP:127.0.0.1,DNS:dc.example.com")
        self.ca_file = self.certificates.ca
        self.parameters = [
            "interfaces=lo", "bind interfaces only=yes", f"tls keyfile={key}", f"tls certfile={certificate}",
            f"tls cafile={self.ca_file}", "ldap server require strong auth=allow_sasl_over_tls",
            f"log file={self.folder}/samba.log", f"pid directory={self.folder}/run",
            f"ncalrpc dir={self.folder}/ncalrpc", f"winbindd socket directory={self.folder}/winbindd",
            f"ntp signd socket directory={self.folder}/ntp", "server services=ldap,rpc,kdc",
            # As its own tests do: nothing here must outlive a power cut.
            "ldb:nosync=true"]
        os.makedirs(f"{self.folder}/run")
        self.samba_tool(
            "domain", "provision", "--realm=EXAMPLE.COM", "--domain=EXAMPLE", "--host-name=dc", "--server-role=dc",
            "--dns-backend=NONE", f"--adminpass={PASSWORD}", f"--targetdir={self.folder}/dc", "--use-rfc2307",
            *(f"--option={each}" for each in self.parameters))
        self.database = f"{self.folder}/dc/private/sam.ldb"
        self.samba_tool("user", "create", "reader", PASSWORD, "-H", self.database)
        # What its own service for updates would add.
        self.samba_tool("spn", "add", "ldap/dc.example.com", "DC$", "-H", self.database)
        self.samba_tool(
            "domain", "passwordsettings", "set", "--account-lockout-threshold=2", "-H", self.database)
        self.restart()
        self.fill()

    def samba_tool(self, *words: str) -> None:
        conf = f"{self.folder}/dc/etc/smb.conf"
        more = [f"--configfile={conf}"] if os.path.exists(conf) else []
        done = subprocess.run(["samba-tool", *words, *more], capture_output=True)
        if done.returncode:
            raise RuntimeError(f"samba-tool {words[1]}: {done.stdout.decode()}{done.stderr.decode()}")

    def restart(self) -> None:
        self.stop()
        self.spawn("/usr/sbin/samba", "-i", f"--configfile={self.folder}/dc/etc/smb.conf",
                   *(f"--option={each}" for each in self.parameters))

    def person(self, name: str, number: int, parent: str = PEOPLE, **more: Any) -> tuple[str, str]:
        dn, _ = super().person(name, number, parent)
        attributes = {
            "objectClass": "user", "sAMAccountName": f"u{number}", "givenName": name, "sn": "Muster",
            "mail": f"u{number}@example.com", "telephoneNumber": f"+49 30 9018 {number}",
            # A normal account that may be without a password.
            "userAccountControl": "544"}
        return dn, ldif.add(dn, attributes | more)

    def partner(self, name: str, number: str, **more: Any) -> tuple[str, str]:
        dn = f"cn={ldif.escaped(name)},{PARTNERS}"
        attributes = {
            "objectClass": "contact", "givenName": name, "sn": "Extern", "company": "Fjord",
            "telephoneNumber": number}
        return dn, ldif.add(dn, attributes | more)

    def group(self, name: str, members: Iterable[str] = ()) -> tuple[str, str]:
        dn = f"cn={name},{GROUPS}"
        return dn, ldif.add(dn, {"objectClass": "group", "sAMAccountName": name, "member": list(members)})

    def one_of_crowd(self, name: str, number: int) -> str:
        # Contacts: without passwords and SIDs the server makes five thousand of them much sooner.
        return ldif.add(f"cn={name},{CROWD}", {
            "objectClass": "contact", "givenName": name, "sn": "Crowd", "telephoneNumber": number})

    def known_id(self, dn: str) -> str:
        return self.guid(dn, "objectGUID")

    def guid(self, dn: str, attribute: str) -> str:
        """A GUID in its canonical form, by Python's own rules."""
        done = self.tool("ldapsearch", "-LLL", "-s", "base", "-b", dn, attribute)
        [value] = re.findall(rb"(?i)" + attribute.encode() + rb":: (\S+)", done.stdout)
        return str(uuid.UUID(bytes_le=base64.b64decode(value)))

    def service_keytab(self, keytab: str, service: str) -> None:
        """The key of a service on this machine, which has an account in the domain."""
        account = service.split("/")[1].split(".")[0]
        self.samba_tool("user", "create", account, PASSWORD, "-H", self.database)
        self.samba_tool("spn", "add", service, account, "-H", self.database)
        self.samba_tool("domain", "exportkeytab", keytab, f"--principal={service}")

    def kerberos(self, keytab: str) -> Environment:
        """The reader's keytab, and the environment in which MIT Kerberos uses it."""
        if not os.path.exists(keytab):
            self.samba_tool("domain", "exportkeytab", keytab, "--principal=reader")
        conf = self.write("krb5.conf", KERBEROS)
        return {"KRB5_CONFIG": conf, "KRB5_CLIENT_KTNAME": keytab, "KRB5CCNAME": "MEMORY:pbxsyncd"}

    def renew_invocation_id(self) -> None:
        """As a restore from a backup does it; the server must not run."""
        script = """
import sys, uuid, ldb
from samba.auth import system_session
from samba.ndr import ndr_pack
from samba.dcerpc import misc
from samba.param import LoadParm
from samba.samdb import SamDB
loaded = LoadParm()
loaded.load(sys.argv[1])
database = SamDB(url=sys.argv[2], lp=loaded, session_info=system_session())
message = ldb.Message(ldb.Dn(database, database.get_dsServiceName()))
guid = ndr_pack(misc.GUID(str(uuid.uuid4())))
message["invocationId"] = ldb.MessageElement(guid, ldb.FLAG_MOD_REPLACE, "invocationId")
database.modify(message, ["relax:0"])
"""
        done = subprocess.run(
            ["/usr/bin/python3", "-c", script, f"{self.folder}/dc/etc/smb.conf", self.database], capture_output=True)
        if done.returncode:
            raise RuntimeError(f"the invocationId stays as it was: {done.stderr.decode()}")

    def root_dse(self, attribute: str) -> str:
        return self.read("", attribute)[0]

    def disable(self, dn: str) -> str:
        return ldif.replace(dn, userAccountControl="546")

    def enable(self, dn: str) -> str:
        return ldif.replace(dn, userAccountControl="544")

    def expire(self, dn: str) -> str:
        yesterday = (int(time.time()) - 86400 + 11_644_473_600) * 10_000_000
        return ldif.replace(dn, accountExpires=yesterday)

    def lock_out(self, dn: str) -> None:
        """By wrong passwords: lockoutTime is the server's own."""
        for _ in range(3):
            self.tool("ldapwhoami", bind=dn, password="wrong")
        assert self.read(dn, "lockoutTime") not in ([], ["0"]), "the account isn't locked out"
