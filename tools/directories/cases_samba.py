"""What is Active Directory's own."""

from .. import ldif
from ..servers.samba import Samba
from ..servers.server import PASSWORD, SUFFIX
from .cases_connection import fails, reads
from .suite import Stage, case, equal, holds

GSSAPI = {"sasl": "gssapi"}
IN_CHAIN = "1.2.840.113556.1.4.1941"


def domain_controller(stage: Stage) -> Samba:
    assert isinstance(stage.directory, Samba)
    return stage.directory


@case("the whole domain as the base: the references to other partitions are noted, and the read is complete", "samba")
def domain_root(stage: Stage) -> None:
    report = reads(stage, base=SUFFIX)
    read = report["read"]
    holds(read["searches"][0]["referrals"] > 0, "the server sent no references", read)
    stage.testbed.configure(base=SUFFIX)
    status, output, errors = stage.testbed.command("doctor")
    equal(status, 0, output, errors)


@case("a member of a nested group by the rule in chain", "samba")
def nested(stage: Stage) -> None:
    dn, number = stage.hire("Nested")
    inner, one = stage.directory.group("inner", [dn])
    outer, two = stage.directory.group("outer", [inner])
    stage.directory.change(one, two)
    direct = stage.testbed.look(filter=f"(&{stage.directory.users}(memberOf={outer}))")
    equal(direct["read"]["searches"][0]["entries"], 0)
    chain = stage.testbed.look(filter=f"(&{stage.directory.users}(memberOf:{IN_CHAIN}:={outer}))")
    equal([each["number"] for each in chain["changes"] if each["kind"] == "extension"], [str(number)], chain["error"])


@case("a password without encryption is refused, and the remedy says why", "samba")
def plain_bind(stage: Stage) -> None:
    fails(stage, 77, "starttls", starttls=False)


@case("a bind by the user's principal name, and by the old name of the domain", "samba")
def principal_name(stage: Stage) -> None:
    reads(stage, bind_dn="reader@example.com")
    reads(stage, bind_dn="EXAMPLE\\reader")


@case("the run notes the database's own id", "samba")
def invocation_id(stage: Stage) -> None:
    noted = reads(stage)["read"]["invocation_id"]
    service = domain_controller(stage).root_dse("dsServiceName")
    equal(noted, domain_controller(stage).guid(service, "invocationId"))


@case("a reader who is locked out, and one who is disabled", "samba")
def locked_reader(stage: Stage) -> None:
    it = domain_controller(stage)
    it.samba_tool("user", "create", "second", "Secret-that-nobody-sees-1", "-H", it.database)
    second = f"cn=second,cn=Users,{SUFFIX}"
    reads(stage, bind_dn=second)
    for _ in range(3):
        it.tool("ldapwhoami", bind=second, password="wrong")
    fails(stage, 77, "locked", bind_dn=second)
    it.change(ldif.replace(second, lockoutTime="0"), ldif.replace(second, userAccountControl="514"))
    fails(stage, 77, "disabled", bind_dn=second)


@case("a primary group isn't in memberOf, but its number can be a filter", "samba")
def primary_group(stage: Stage) -> None:
    dn, number = stage.hire("Primary")
    report = stage.testbed.look(filter=f"(&{stage.directory.users}(primaryGroupID=513)(cn=Primary))")
    equal(report["read"]["searches"][0]["entries"], 1, report["error"])


@case("the accounts that are disabled may be left to the filter", "samba")
def bit_filter(stage: Stage) -> None:
    dn, number = stage.hire("Bits")
    stage.becomes([f"deleteExt {number}"], stage.directory.disable(dn))
    report = stage.testbed.look(
        filter=f"(&{stage.directory.users}(cn=Bits)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))")
    equal(report["read"]["searches"][0]["entries"], 0, report["error"])


@case("the schema is the aggregate's: what isn't in it is an error with the nearest name, and an OID is its attribute", "samba")
def schema(stage: Stage) -> None:
    name = domain_controller(stage).root_dse("subschemaSubentry")
    holds(name.lower().startswith("cn=aggregate,cn=schema,"), name)
    fails(stage, 78, "telephonNumber", "did you mean telephoneNumber?", number="{telephonNumber | digits | last 4}")
    fails(stage, 78, "surname", last_name="{surname}")
    fails(stage, 78, "givenNme", "did you mean givenName?", filter=f"(&{stage.directory.users}(givenNme=*))")
    dn, number = stage.hire("Schema")
    alone = f"(&{stage.directory.users}(cn=Schema))"
    for last_name, given in [("{2.5.4.4}", "{givenName}"), ("{SN}", "{GivenName}"), ("{sn}", "{2.5.4.42}")]:
        report = stage.testbed.look(filter=alone, last_name=last_name, first_name=given)
        fields = [{each["field"]: each["new"] for each in change["fields"]} for change in report["changes"]
                  if change["number"] == str(number)]
        equal([(each["first_name"], each["last_name"]) for each in fields], [("Schema", "Muster")], last_name, report["problems"])
    # In a filter too.
    report = stage.testbed.look(filter=f"(&{alone}(2.5.4.4=Muster))")
    equal(report["read"]["searches"][0]["entries"], 1, report["error"])


@case("GSSAPI by a keytab, in plain, with StartTLS and with LDAPS", "samba")
def gssapi(stage: Stage) -> None:
    it = domain_controller(stage)
    name = "dc.example.com"
    environment = it.kerberos(f"{stage.testbed.folder}/keytab")
    for options in ({"servers": [f"ldap://{name}"], "starttls": False}, {"servers": [f"ldap://{name}"], "starttls": True},
                    {"servers": [f"ldaps://{name}"], "starttls": False}):
        report = reads(stage, directory=GSSAPI, environment=environment, **options)
        equal(report["read"]["bind_dn"], "SASL GSSAPI")


@case("GSSAPI without a keytab says so", "samba")
def no_keytab(stage: Stage) -> None:
    environment = domain_controller(stage).kerberos(f"{stage.testbed.folder}/keytab") | {"KRB5_CLIENT_KTNAME": "/nonexistent"}
    fails(stage, 77, "/nonexistent", "KRB5_CLIENT_KTNAME", servers=["ldap://dc.example.com"], starttls=False, directory=GSSAPI,
          environment=environment)


@case("GSSAPI by a keytab whose key the account had once says so", "samba")
def stale_keytab(stage: Stage) -> None:
    it = domain_controller(stage)
    it.samba_tool("user", "create", "ticket", PASSWORD, "-H", it.database)
    keytab = f"{stage.testbed.folder}/stale.keytab"
    it.samba_tool("domain", "exportkeytab", keytab, "--principal=ticket")
    environment = it.kerberos(f"{stage.testbed.folder}/keytab") | {"KRB5_CLIENT_KTNAME": f"FILE:{keytab}"}
    how = {"servers": ["ldap://dc.example.com"], "starttls": False, "directory": GSSAPI, "environment": environment}
    reads(stage, **how)
    it.samba_tool("user", "disable", "ticket", "-H", it.database)
    fails(stage, 77, keytab, "disabled", **how)
    it.samba_tool("user", "enable", "ticket", "-H", it.database)
    it.samba_tool("user", "setpassword", "ticket", "--newpassword=Another-secret-2", "-H", it.database)
    fails(stage, 77, keytab, "outdated", **how)
    it.samba_tool("user", "delete", "ticket", "-H", it.database)
    fails(stage, 77, keytab, "doesn't exist", **how)


@case("another id of the database, as after a restore, holds every removal until it is approved", "samba")
def restored(stage: Stage) -> None:
    it = domain_controller(stage)
    dn, number = stage.hire("Restored")
    it.change(ldif.delete(dn))
    it.stop()
    it.renew_invocation_id()
    it.restart()
    report, calls = stage.testbed.sync()
    equal((report["status"], calls), (4, []), report["summary"], report["held"])
    holds("another directory server answers" in report["held"][0]["limit"], report["held"])
    # A person who was first missing there stays until an admin decides.
    report, calls = stage.testbed.sync()
    equal((report["status"], calls), (4, []), report["summary"])
    equal(stage.testbed.command("approve", report["held"][0]["name"])[0], 0, report["held"])
    stage.becomes([f"deleteExt {number}"])
