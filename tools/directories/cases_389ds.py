"""What is 389 Directory Server's own."""

from .. import ldif
from ..servers.family import CROWD, PEOPLE, Family
from ..servers.server import PASSWORD, SUFFIX
from .cases_connection import fails
from .cases_groups import crowd
from .cases_notifications import RARELY, reaches
from .suite import Stage, case, equal, holds

DISABLED = f"cn=nsManagedDisabledRole,{SUFFIX}"


def lay_roles(directory: Family) -> None:
    """The roles by which the console and ns-inactivate.pl disable accounts."""
    if directory.read(DISABLED, "cn"):
        return
    role = ["LDAPsubentry", "nsRoleDefinition"]
    template = f"cn=nsAccountInactivationTmp,{SUFFIX}"
    directory.change(
        ldif.add(DISABLED, {"objectClass": role + ["nsSimpleRoleDefinition", "nsManagedRoleDefinition"]}),
        ldif.add(f"cn=nsDisabledRole,{SUFFIX}", {
            "objectClass": role + ["nsComplexRoleDefinition", "nsNestedRoleDefinition"], "nsRoleDN": DISABLED}),
        ldif.add(template, {"objectClass": "nsContainer"}),
        ldif.add(f'cn="cn=nsDisabledRole,{SUFFIX}",{template}', {
            "objectClass": ["costemplate", "LDAPsubentry", "extensibleObject"], "nsAccountLock": "true",
            "cosPriority": "0"}),
        ldif.add(f"cn=nsAccountInactivation_cos,{SUFFIX}", {
            "objectClass": ["LDAPsubentry", "cosSuperDefinition", "cosClassicDefinition"],
            "cosTemplateDn": template, "cosSpecifier": "nsRole", "cosAttribute": "nsAccountLock operational"}))


@case("an account that is disabled by its role is a delete; out of the role it is an add", "389ds")
def disabled_role(stage: Stage) -> None:
    lay_roles(stage.directory)
    dn, number = stage.hire("By role")
    stage.becomes([f"deleteExt {number}"], ldif.modify(dn, ("add", "nsRoleDN", DISABLED)))
    stage.becomes([f"addExt {number}"], ldif.modify(dn, ("delete", "nsRoleDN", DISABLED)))


@case("a filter by a role", "389ds")
def role_filter(stage: Stage) -> None:
    role = f"cn=phones,{PEOPLE}"
    dn, number = stage.hire("In role")
    stage.directory.change(
        ldif.add(role, {"objectClass": [
            "LDAPsubentry", "nsRoleDefinition", "nsSimpleRoleDefinition", "nsManagedRoleDefinition"]}),
        ldif.modify(dn, ("add", "nsRoleDN", role)))
    report = stage.testbed.look(filter=f"(&{stage.directory.users}(nsRole={role}))")
    equal([each["number"] for each in report["changes"] if each["kind"] == "extension"], [str(number)], report["error"])


@case("a member of a nested group by the MemberOf plugin", "389ds")
def nested(stage: Stage) -> None:
    dn, number = stage.hire("Nested")
    inner, one = stage.directory.group("inner", [dn])
    outer, two = stage.directory.group("outer", [inner])
    stage.directory.change(one, two)
    report = stage.testbed.look(filter=f"(&{stage.directory.users}(memberOf={outer}))")
    equal([each["number"] for each in report["changes"] if each["kind"] == "extension"], [str(number)], report["error"])


@case("a reader without limits of its own meets the server's, and the remedy names them", "389ds")
def default_limits(stage: Stage) -> None:
    crowd(stage)
    ordinary = f"cn=ordinary,{SUFFIX}"
    stage.directory.change(ldif.add(ordinary, {
        "objectClass": ["person", "simpleSecurityObject"], "sn": "reader", "userPassword": PASSWORD}))
    rights = ('(targetattr = "*")(version 3.0; acl "ordinary"; '
              f'allow (read, search, compare) (userdn = "ldap:///{ordinary}");)')
    stage.directory.change(ldif.modify(CROWD, ("add", "aci", rights)))
    fails(stage, 69, "nsPagedSizeLimit", base=CROWD, filter=stage.directory.crowd, bind_dn=ordinary)


@case("entryUUID where the admin asks for it", "389ds")
def entry_uuid(stage: Stage) -> None:
    report = stage.testbed.look(directory={"identity": "entryUUID"})
    # Entries from before its plugin have none: then nobody can be called missing.
    holds(report["complete"] or "entryUUID" in report["read"]["incomplete_because"], report["read"])


@case("a password policy's lockout by wrong passwords is no leaver", "389ds")
def real_lockout(stage: Stage) -> None:
    it = stage.directory
    it.change(ldif.replace("cn=config", passwordLockout="on", passwordMaxFailure="2"))
    dn, number = stage.hire("Really locked", userPassword=PASSWORD)
    for _ in range(3):
        it.tool("ldapwhoami", bind=dn, password="wrong")
    holds(it.read(dn, "accountUnlockTime"), "the account isn't locked out")
    stage.becomes([])


@case("with its plugins, the server sends change notifications by content synchronization", "389ds")
def content_synchronization(stage: Stage) -> None:
    plugins = [f"cn={name},cn=plugins,cn=config" for name in ("Retro Changelog Plugin", "Content Synchronization")]

    def turn(state: str) -> None:
        stage.directory.change(*(ldif.replace(dn, **{"nsslapd-pluginEnabled": state}) for dn in plugins))
        stage.directory.restart()

    dn, number = stage.hire("In sync")
    leaver, gone = stage.hire("Out of sync")
    turn("on")
    try:
        with stage.testbed.daemon(RARELY) as (_, said):
            holds("(content synchronization)" in said(), said())
            stage.directory.change(ldif.delete(leaver))
            reaches(stage, said, number, lambda it: it["LastName"] == "Neu", ldif.replace(dn, sn="Neu"))
    finally:
        turn("off")
    stage.becomes([f"deleteExt {gone}"])
