"""The cookbook's pages for Active Directory and 389 Directory Server, each with the configuration that the page shows."""

import json
import os
import re
import tempfile
from typing import Any

from .. import ldif
from ..programs import ROOT
from ..servers.family import PARTNERS
from ..servers.installation import Installation
from ..servers.pbx import JSON, PBX
from ..servers.samba import Samba
from ..servers.server import PASSWORD, SUFFIX
from .suite import Stage, case, equal


def follow(stage: Stage, page: str, numbers: list[str]) -> JSON:
    """A check, a dry run that sends nothing, a run that adds these numbers, and one that has nothing to do.

    Only addresses, secrets and paths are replaced in the page's configuration. Returns the PBX's state.
    """
    with tempfile.TemporaryDirectory(prefix="pbxsyncd-cookbook-") as folder:
        it = Installation(folder, stage.testbed.program)
        pbx = PBX(folder, os.path.dirname(stage.testbed.program))
        try:
            text = recipe(page)
            text = re.sub(r"(?m)^servers = .*$", f'servers = ["{stage.directory.ldaps}"]', text)
            text = text.replace("/etc/pbxsyncd/ldap-ca.pem", stage.directory.ca_file)
            text = re.sub(r"(?m)^url = .*$", f'url = "http://127.0.0.1:{pbx.port}/api.aspx"', text)
            text = text.replace('ca_file = "/etc/pbxsyncd/pbx-ca.pem"\n', "")
            it.write("pbxsyncd.toml", f'{text}\n[state]\ndirectory = "{folder}/state"\n')
            check = it.command("--check-config")
            equal(check.status, 0, check.output, check.errors)
            runs: list[tuple[str, int, set[str]]] = [("--dry-run", 2, set()), ("--debug", 0, set(numbers)), ("--debug", 0, set())]
            for option, status, wanted in runs:
                pbx.reset_log()
                ended = it.command("--sync-now", "--json", option)
                report = json.loads(ended.output)
                equal(ended.status, status, report["summary"], report["error"], report["problems"], report["read"], ended.errors)
                equal((report["complete"], report["problems"], report["in_the_way"]), (True, [], []), report["read"])
                # A new number is probed before it is added.
                equal({item.get("ExtentionNumber") or item["PhoneNumber"] for call in pbx.log() for item in call["items"]}, wanted)
            return pbx.state()
        finally:
            pbx.stop()


def recipe(page: str) -> str:
    """The configuration of a page."""
    [text] = re.findall(r"```toml\n(.*?)```", text_of(page), re.DOTALL)
    return str(text)


def text_of(page: str) -> str:
    with open(f"{ROOT}/docs/cookbook/{page}.md", encoding="utf-8") as file:
        return file.read()


def callers(state: JSON) -> dict[str, tuple[str, str]]:
    """The first name and the caller ID of each extension."""
    return {it["ExtentionNumber"]: (it["FirstName"], it["OutboundCallerID"]) for it in state["extensions"]}


def entries(stage: Stage, *entries: tuple[str, dict[str, Any]]) -> None:
    stage.directory.change(*(ldif.add(dn, attributes) for dn, attributes in entries))


def unit(dn: str) -> tuple[str, dict[str, Any]]:
    return dn, {"objectClass": "organizationalUnit"}


def account(cn: str, unit: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """A user of Active Directory."""
    name = cn.lower().replace(" ", ".") + unit.split(",")[0][3:].lower()
    return f"cn={cn},{unit}", {
        "objectClass": "user", "sAMAccountName": name[:20], "givenName": cn.split()[0], "sn": cn.split()[-1],
        "mail": f"{name}@example.com", "userAccountControl": "544"} | more


def reader(stage: Stage) -> None:
    it = stage.directory
    assert isinstance(it, Samba)
    if not it.read(f"cn=pbxsyncd,cn=Users,{SUFFIX}", "objectClass"):
        it.samba_tool("user", "create", "pbxsyncd", PASSWORD, "-H", it.database)


@case("the cookbook's Active Directory with one site", "samba")
def active_directory(stage: Stage) -> None:
    reader(stage)
    staff = f"ou=Staff,{SUFFIX}"
    entries(
        stage, unit(staff), account("Switchboard", staff), account("Ann Berg", staff, telephoneNumber="+49 30 9018-1001"),
        account("Bob Holm", staff, telephoneNumber="9018-1002", givenName=[], displayName="Bobby Holm"),
        account("Gone Away", staff, telephoneNumber="+49 30 9018-1003", userAccountControl="546"))
    state = follow(stage, "active-directory", ["1001", "1002"])
    equal(callers(state), {"1001": ("Ann", "493090181001"), "1002": ("Bobby", "493090181002")})
    stage.directory.tool("ldapdelete", "-r", staff)


@case("the cookbook's Active Directory with two sites and DDI blocks", "samba")
def two_sites(stage: Stage) -> None:
    reader(stage)
    staff, partners = f"ou=Staff,{SUFFIX}", f"ou=Partners,{SUFFIX}"
    berlin, hamburg = f"ou=Berlin,{staff}", f"ou=Hamburg,{staff}"
    stage.directory.change(ldif.rename(PARTNERS, "ou=elsewhere"))

    def contact(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
        return f"cn={name},{partners}", {
            "objectClass": "contact", "givenName": name, "sn": "Extern", "company": "Fjord",
            "telephoneNumber": "+49 40 777-0"} | more

    entries(
        stage, unit(staff), unit(berlin), unit(hamburg), unit(partners), contact("Ina"), contact("Kai", mobile="+49 171 5550000"),
        account("Switchboard", berlin), account("Switchboard", hamburg),
        account("Ann Berg", berlin, telephoneNumber="9018-1001"),
        account("Cleo Hansen", hamburg, telephoneNumber="5555-017"), account("Dan Olsen", hamburg, ipPhone="6018"))
    state = follow(stage, "active-directory-two-sites", ["1001", "6017", "6018", "49407770", "491715550000"])
    equal(callers(state), {
        "1001": ("Ann", "493090181001"), "6017": ("Cleo", "49405555017"), "6018": ("Dan", "49405555018")})
    contacts = {it["PhoneNumber"]: it["LastName"] for it in state["contacts"]}
    equal(contacts, {"49407770": "Fjord", "491715550000": "Extern (mobile)"})
    stage.directory.tool("ldapdelete", "-r", partners, staff)
    stage.directory.change(ldif.rename(f"ou=elsewhere,{SUFFIX}", "ou=partners"))


@case("the cookbook's FreeIPA, whose tree a 389 Directory Server has", "389ds")
def freeipa(stage: Stage) -> None:
    accounts, etc = f"cn=accounts,{SUFFIX}", f"cn=etc,{SUFFIX}"
    users, groups, system = f"cn=users,{accounts}", f"cn=groups,{accounts}", f"cn=sysaccounts,{etc}"
    entries(stage, *((dn, {"objectClass": "nsContainer"}) for dn in (accounts, users, groups, etc, system)))
    # The account and the access rule as the page has them.
    [record] = re.findall(r"( +dn: uid=pbxsyncd,.*?)\n\n", text_of("389-freeipa"), re.DOTALL)
    [rule] = re.findall(r"aci: (.*\n.*\))", text_of("389-freeipa"))
    stage.directory.change(re.sub(r"(?m)^ +", "", record).replace("SECRET", PASSWORD) + "\n\n")
    stage.directory.change(ldif.modify(accounts, ("add", "aci", re.sub(r"\n +", " ", rule))))

    def user(uid: str, number: str | None, **more: Any) -> tuple[str, dict[str, Any]]:
        return f"uid={uid},{users}", {
            "objectClass": "inetOrgPerson", "cn": f"{uid} Berg", "givenName": uid.title(), "sn": "Berg",
            "mail": f"{uid}@example.com", **({"telephoneNumber": number} if number else {})} | more

    entries(
        stage, user("switchboard", None), user("ann", "+49 30 9018-1001"), user("bob", "+49 30 9018-1002"),
        user("cleo", "+49 30 9018-1003"), user("off", "+49 30 9018-1004"),
        (f"cn=sales,{groups}", {"objectClass": "groupOfNames", "member": [f"uid=bob,{users}", f"uid=off,{users}"]}),
        (f"cn=phones,{groups}", {"objectClass": "groupOfNames", "member": [f"uid=ann,{users}", f"cn=sales,{groups}"]}))
    stage.directory.change(ldif.replace(f"uid=off,{users}", nsAccountLock="true"))
    follow(stage, "389-freeipa", ["1001", "1002"])
