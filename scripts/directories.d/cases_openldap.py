"""What is OpenLDAP's own."""

import ldif
from cases_connection import fails, reads
from cases_groups import crowd
from directory import CROWD, OUTSIDE, PEOPLE
from suite import case, equal, holds


@case("a size limit for the reader ends the run", "openldap", "389ds")
def size_limit(stage):
    crowd(stage)
    fails(stage, 69, "size." if stage.directory.name == "openldap" else "nsPagedSizeLimit", base=CROWD, filter=stage.directory.crowd, bind_dn=stage.directory.limited)


@case("a part that lies on another server makes the read incomplete", "openldap", "389ds")
def referral(stage):
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
def not_yet(stage):
    dn, number = stage.hire("Not yet")
    stage.becomes([], ldif.modify(
        dn, ("add", "objectClass", "shadowAccount"), ("add", "shadowExpire", 99_999)))


@case("the reader isn't shown what the access rules hide", "openldap")
def hidden(stage):
    report = stage.testbed.look(bind_dn=stage.directory.limited, base=OUTSIDE)
    equal(report["read"]["searches"][0]["entries"], 0, report["error"])


EXTERNAL = 'sasl = "external"'


@case("SASL EXTERNAL over ldapi: the user of the process is the reader", "openldap")
def ldapi(stage):
    report = reads(stage, servers=[stage.directory.ldapi], who=EXTERNAL, starttls=False)
    equal(report["read"]["bind_dn"], "SASL EXTERNAL")
    stage.testbed.configure(servers=[stage.directory.ldapi], who=EXTERNAL, starttls=False)
    status, output, errors = stage.testbed.command("doctor")
    equal(status, 0, output, errors)


@case("SASL EXTERNAL by a client's certificate, with StartTLS and with LDAPS", "openldap")
def client_certificate(stage):
    file, key = stage.directory.certificates.sign("client", "/CN=client", usage="clientAuth", names="DNS:client")
    shown = f"{EXTERNAL}\nclient_cert_file = '{file}'\nclient_key_file = '{key}'"
    reads(stage, who=shown, starttls=True)
    reads(stage, servers=[stage.directory.ldaps], who=shown, starttls=False)


@case("a certificate that nobody is known by sees nothing, and takes nobody away", "openldap")
def unknown_certificate(stage):
    file, key = stage.directory.certificates.sign("other", "/CN=other", usage="clientAuth", names="DNS:other")
    shown = f"{EXTERNAL}\nclient_cert_file = '{file}'\nclient_key_file = '{key}'"
    report = stage.testbed.look(who=shown, starttls=True)
    equal((report["complete"], report["changes"]), (False, []), report["read"])
