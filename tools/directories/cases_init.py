"""`pbxsyncd init` looks at a directory, and what it writes works as it is."""

import json
from collections.abc import Iterator

from .. import ldif
from ..servers.family import OUTSIDE
from ..servers.installation import Installation
from .suite import Stage, case, equal, holds

#: How a number is written, by its area code, trunk and extension; those that no extension follows from are None.
WRITINGS = [
    "+49 {0} {1}-{2}", "+49 {0} {1} {2}", "0{0} / {1}-{2}", "Tel.: +49 ({0}) {1}-{2}", "+49{0}{1}{2}", "{2}", "+49 {0} {1}-{2}",
    "+49 {0} {1}-{2}",
]
MESS = ["+49 171 39200{2:.2}", "+49 {0} {1}-{2} / 17", "see the secretary"]


def staff(stage: Stage) -> Iterator[tuple[str, str, str | None]]:
    """The DN and the LDIF of each of 60 people on two sites, and the extension that follows from it."""
    for site, area, trunk, first in (("berlin", "30", "9018", 4000), ("hamburg", "40", "5555", 6000)):
        for index in range(30):
            number = first + index
            written = (MESS[index % 3] if index % 10 == 9 else WRITINGS[index % len(WRITINGS)]).format(area, trunk, str(number))
            # ApacheDS takes no letters in a number.
            if stage.directory.name == "apacheds":
                written = written.replace("Tel.: ", "").replace("see the secretary", "+49 30")
            # Only Active Directory takes digits of every script.
            wide = {ord("0") + digit: 0xFF10 + digit for digit in range(10)} if stage.directory.name == "samba" else {}
            written = written.translate(wide) if index == 3 else written
            dn, entry = stage.directory.person(
                f"{site} {index}", number, parent=f"ou={site},{OUTSIDE}", telephoneNumber=written)
            yield dn, entry, None if index % 10 == 9 else str(number)


@case("init writes a configuration that works unedited", "openldap", "389ds", "samba", "apacheds")
def init(stage: Stage) -> None:
    sites = [f"ou={name},{OUTSIDE}" for name in ("berlin", "hamburg")]
    people = list(staff(stage))
    stage.directory.change(
        *(ldif.add(dn, {"objectClass": "organizationalUnit"}) for dn in sites), *(entry for _, entry, _ in people))
    try:
        look(stage, {number for _, _, number in people if number})
    finally:
        stage.directory.change(*(ldif.delete(dn) for dn in [dn for dn, _, _ in people] + sites))


def look(stage: Stage, numbers: set[str]) -> None:
    directory = stage.directory
    new = Installation(f"{stage.testbed.folder}/init", stage.testbed.program)
    ended = new.command(
        "init", directory.uri, "--bind-dn", directory.reader, "--password-file", f"{new.folder}/ldap-password", "--ca-file",
        directory.ca_file, "--yes")
    equal(ended.status, 0, ended.output, ended.errors)
    with open(f"{new.folder}/pbxsyncd.toml") as file:
        text = file.read()
    ended = new.command("--sync-now", "--dry-run", "--json", environment={"STATE_DIRECTORY": f"{new.folder}/state"})
    report = json.loads(ended.output)
    added = {it["number"] for it in report["changes"] if it["kind"] == "extension" and it["action"] == "add"}
    equal(numbers - added, set(), ended.output, text)
    # Of the others nobody gets a number that isn't an extension of a block.
    holds(all(len(number) == 4 for number in added), added, text)
    equal(report["complete"], True, report["read"])


@case("init says so if it can't see what there is", "minimal")
def blind(stage: Stage) -> None:
    new = Installation(f"{stage.testbed.folder}/init", stage.testbed.program)
    ended = new.command("init", stage.directory.uri, "--yes")
    holds(ended.status in (69, 77), ended)
    holds("--bind-dn" in ended.errors or "by hand" in ended.errors, ended.errors)
