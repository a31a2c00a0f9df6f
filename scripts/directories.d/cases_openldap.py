"""What is OpenLDAP's own."""

import ldif
from cases_connection import fails
from cases_groups import crowd
from directory import CROWD, OUTSIDE, PEOPLE
from suite import case, equal, holds


@case("a size limit for the reader ends the run", "openldap", "389ds")
def size_limit(stage):
    crowd(stage)
    fails(stage, 69, "size", base=CROWD, filter=stage.directory.crowd, bind_dn=stage.directory.limited)


@case("a part that lies on another server makes the read incomplete", "openldap", "389ds")
def referral(stage):
    dn = f"ou=far,{PEOPLE}"
    stage.directory.change(ldif.add(dn, {
        "objectClass": ["referral", "extensibleObject"], "ref": f"ldap://ldap.invalid/{dn}"}))
    report = stage.desk.look()
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
    report = stage.desk.look(bind_dn=stage.directory.limited, base=OUTSIDE)
    equal(report["read"]["searches"][0]["entries"], 0, report["error"])
