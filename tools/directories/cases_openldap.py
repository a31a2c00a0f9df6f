"""What is OpenLDAP's own."""

from .. import ldif
from ..servers.family import CROWD, OUTSIDE, PEOPLE
from ..servers.openldap import OpenLDAP
from .cases_connection import fails, reads
from .cases_groups import crowd
from .suite import Stage, case, equal, holds


def server(stage: Stage) -> OpenLDAP:
    assert isinstance(stage.directory, OpenLDAP)
    return stage.directory


@case("a size limit for the reader ends the run", "openldap", "389ds")
def size_limit(stage: Stage) -> None:
    crowd(stage)
    it = stage.directory
    fails(stage, 69, "size." if it.name == "openldap" else "nsPagedSizeLimit", base=CROWD, filter=it.crowd, bind_dn=it.limited)


@case("a part that lies on another server makes the read incomplete", "openldap", "389ds")
def referral(stage: Stage) -> None:
    dn = f"ou=far,{PEOPLE}"
    stage.directory.change(ldif.add(dn, {
        "objectClass": ["referral", "extensibleObject"], "ref": f"ldap://ldap.invalid/{dn}"}))
    report = stage.testbed.look()
    equal(report["complete"], False, report["read"])
    holds("ldap.invalid" in report["read"]["incomplete_because"], report["read"])
    done = stage.directory.tool("ldapdelete", "-M", dn)
    equal(done.returncode, 0, done.stderr)
    stage.becomes([])


@case("an account with a date of expiry in the future stays", "openldap", "389ds")
def not_yet(stage: Stage) -> None:
    dn, number = stage.hire("Not yet")
    stage.becomes([], ldif.modify(
        dn, ("add", "objectClass", "shadowAccount"), ("add", "shadowExpire", 99_999)))


@case("the reader isn't shown what the access rules hide", "openldap")
def hidden(stage: Stage) -> None:
    report = stage.testbed.look(bind_dn=stage.directory.limited, base=OUTSIDE)
    equal(report["read"]["searches"][0]["entries"], 0, report["error"])


EXTERNAL = {"sasl": "external"}


@case("SASL EXTERNAL over ldapi: the user of the process is the reader", "openldap")
def ldapi(stage: Stage) -> None:
    report = reads(stage, servers=[server(stage).ldapi], directory=EXTERNAL, starttls=False)
    equal(report["read"]["bind_dn"], "SASL EXTERNAL")
    stage.testbed.configure(servers=[server(stage).ldapi], directory=EXTERNAL, starttls=False)
    status, output, errors = stage.testbed.command("doctor")
    equal(status, 0, output, errors)


@case("SASL EXTERNAL by a client's certificate, with StartTLS and with LDAPS", "openldap")
def client_certificate(stage: Stage) -> None:
    file, key = server(stage).certificates.sign("client", "/CN=client", usage="clientAuth", names="DNS:client")
    shown = EXTERNAL | {"client_cert_file": file, "client_key_file": key}
    reads(stage, directory=shown, starttls=True)
    reads(stage, servers=[stage.directory.ldaps], directory=shown, starttls=False)


@case("a certificate that nobody is known by sees nothing, and takes nobody away", "openldap")
def unknown_certificate(stage: Stage) -> None:
    file, key = server(stage).certificates.sign("other", "/CN=other", usage="clientAuth", names="DNS:other")
    shown = EXTERNAL | {"client_cert_file": file, "client_key_file": key}
    report = stage.testbed.look(directory=shown, starttls=True)
    equal((report["complete"], report["changes"]), (False, []), report["read"])
