"""Kerberos and TLS as one: channel binding (RFC 5929, section 4).

Samba looks at it from 4.21 on only, so slapd stands in for a domain controller that does; the KDC is Samba's.
"""

import os
import subprocess

from .. import ldif
from ..servers.family import PARTNERS, PEOPLE
from ..servers.openldap import OpenLDAP
from ..servers.server import Environment
from ..servers.tls_proxy import proxy
from .cases_connection import fails, reads
from .cases_samba import domain_controller
from .suite import Stage, case, equal

NAME = "bound.example.com"
WHO = {"sasl": "gssapi"}


class Bound(OpenLDAP):
    """A server that looks at the binding of who binds by Kerberos."""

    names = f"DNS:localhost,IP:127.0.0.1,DNS:{NAME}"

    def __init__(self) -> None:
        super().__init__(options=(
            f"sasl-host {NAME}\nsasl-realm EXAMPLE.COM\nsasl-cbinding tls-endpoint\n"
            f'authz-regexp "^uid=reader,(cn=[^,]+,)?cn=gssapi,cn=auth$" "{OpenLDAP.reader}"'))


def bind(uri: str, ca_file: str, environment: Environment, binding: str) -> subprocess.CompletedProcess[bytes]:
    """By the tools of OpenLDAP, which send a binding only where they are told to."""
    return subprocess.run(
        ["ldapsearch", "-Q", "-Y", "GSSAPI", "-N", "-H", uri, "-O", "maxssf=0", "-s", "base", "-b", "", "1.1"],
        capture_output=True, timeout=60,
        env=dict(os.environ, LDAPTLS_CACERT=ca_file, LDAPSASL_CBINDING=binding, **environment))


@case("GSSAPI over LDAPS, with channel binding and without: the domain controller takes both", "samba")
def both(stage: Stage) -> None:
    it = domain_controller(stage)
    environment = it.kerberos(f"{stage.testbed.folder}/keytab")
    for binding in ("none", "tls-endpoint"):
        done = bind("ldaps://dc.example.com", it.ca_file, environment, binding)
        equal(done.returncode, 0, binding, done.stderr)
    reads(stage, servers=["ldaps://dc.example.com"], starttls=False, directory=WHO, environment=environment)


@case("GSSAPI is bound to the server's own certificate: nobody can stand between", "samba")
def bound(stage: Stage) -> None:
    environment = domain_controller(stage).kerberos(f"{stage.testbed.folder}/keytab")
    it = Bound()
    keytab = f"{it.folder}/service.keytab"
    domain_controller(stage).service_keytab(keytab, f"ldap/{NAME}")
    it.environment = dict(os.environ, KRB5_CONFIG=environment["KRB5_CONFIG"], KRB5_KTNAME=keytab)
    try:
        it.start_empty()
        it.make_readers()
        it.change(*(ldif.add(dn, {"objectClass": "organizationalUnit"}) for dn in (PEOPLE, PARTNERS)), it.person("Bound", 3001)[1])
        how = {"ca_file": it.ca_file, "starttls": False, "directory": WHO, "environment": environment, "filter": it.users,
               "contact_filter": it.contacts, "company": it.company}
        reads(stage, servers=[f"ldaps://{NAME}:{it.tls_port}"], **how)
        reads(stage, servers=[f"ldap://{NAME}:{it.port}"], **how | {"starttls": True})
        certificate, key = it.certificates.sign("other", "/CN=other", names=it.names)
        with proxy(it.tls_port, certificate, key, it.ca_file) as port:
            uri = f"ldaps://{NAME}:{port}"
            fails(stage, 77, "channel binding", servers=[uri], **how)
            # It is the binding alone that is wrong there.
            done = bind(uri, it.ca_file, environment, "none")
            equal(done.returncode, 0, done.stderr)
    finally:
        it.remove()
