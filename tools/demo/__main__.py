"""Shows pbxsyncd at work: a throw-away directory with a sample company, a simulated PBX, a first sync, a day's changes,
the plan for them, a second sync, and a third that has nothing to do. Everything is on loopback and is gone after it.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile

from .. import programs
from ..servers.configuration import merged, sections
from ..servers.installation import Installation
from ..servers.pbx import JSON, PBX
from ..servers.server import ADMIN, SUFFIX
from ..servers.slapd import Slapd

FOLDER = os.path.dirname(os.path.abspath(__file__))
CHANGES = os.path.relpath(f"{FOLDER}/changes.ldif", programs.ROOT) if not programs.INSTALLED else f"{FOLDER}/changes.ldif"

#: etc/pbxsyncd/pbxsyncd.toml explains each key.
CONFIGURATION = {
    "directory": {"canaries": ["uid=a.schroder,ou=berlin,ou=people,dc=example,dc=com"]},
    "users": [{
        "base": "ou=people,dc=example,dc=com", "filter": "(&(uid=*)(telephoneNumber=*))",
        "extension": {
            "number": "{telephoneNumber | digits | last 4}", "first_name": "{givenName ?? cn | word 1}",
            "last_name": "{sn}", "email": "{mail}", "caller_id": "{telephoneNumber | e164}"}}],
    "contacts": [{
        "base": "ou=partners,dc=example,dc=com", "filter": "(telephoneNumber=*)",
        "contact": {
            "numbers": ["{telephoneNumber}", "{mobile}", "{homePhone}"], "first_name": "{givenName}",
            "last_name": "{sn ?? o}", "company": "{o}"}}],
    "numbers": {"extension_ranges": ["1000-1999"]},
    # Without patience, so that the leaver leaves while we watch; the limits hold all the same.
    "removal": {"complete_reads": 1, "after": "0s"},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="pbxsyncd-demo" if programs.INSTALLED else "scripts/demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the PBX's page up until you press Enter")
    options = parser.parse_args()
    # SIGTERM ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not programs.INSTALLED:
        programs.install("--demo")
        print("Building (the first time takes some minutes)", flush=True)
    folder = programs.debug()
    title("A directory with a sample company, and an empty PBX")
    with tempfile.TemporaryDirectory(prefix="pbxsyncd-demo-") as place:
        directory = Slapd(f"{place}/directory")
        directory.prepare()
        directory.load_file(f"{FOLDER}/company.ldif")
        pbx = PBX(place, folder)
        try:
            directory.restart()
            show(Installation(place, f"{folder}/pbxsyncd"), directory, pbx)
            if options.keep:
                keep(Installation(place, f"{folder}/pbxsyncd"), directory, pbx)
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            pbx.stop()
            directory.stop()
    title("Done; nothing is left behind")


def show(installation: Installation, directory: Slapd, pbx: PBX) -> None:
    always = sections([directory.uri], pbx.port, ADMIN, f"{installation.folder}/state")
    installation.write_configuration(merged(always, CONFIGURATION))
    print(f"The PBX's page: {pbx.url}")

    title("pbxsyncd --sync-now: the first run")
    status = sync(installation)
    if events := installation.daemon_output().splitlines():
        print("\nWithout a journal, events go to standard error, such as:", events[0], events[-1], sep="\n")
    print(f"exit status {status}: 3 means that some entries have conflicts or invalid data, listed above")

    title("pbxsyncd conflicts: conflicts, with the LDIF that fixes them")
    print(*installation.command("conflicts").output.splitlines()[:12], "...", sep="\n")

    title("pbxsyncd why 1140: everything about a number")
    print(installation.command("why", "1140").output, end="")

    title("The PBX now")
    show_state(pbx.state())

    title(f"Changes in the directory: ldapmodify -f {CHANGES}")
    with open(f"{FOLDER}/changes.ldif") as file:
        directory.change(file.read())

    title("pbxsyncd --sync-now --dry-run: the planned changes")
    status = sync(installation, "--dry-run")
    print(f"exit status {status}: there are planned changes")

    for name in ("second", "third"):
        title(f"pbxsyncd --sync-now: the {name} run")
        pbx.reset_log()
        sync(installation)
        print("\nCalls to the PBX:")
        show_log(pbx.log())
    if pbx.log():
        raise SystemExit("scripts/demo: the third run should have sent nothing")


def keep(installation: Installation, directory: Slapd, pbx: PBX) -> None:
    title("Everything stays up until you press Enter")
    print(f"The PBX's page: {pbx.url}")
    print(shlex.join(installation.words("status")))
    print(shlex.join([
        "ldapsearch", "-x", "-H", directory.uri, "-D", ADMIN, "-y", f"{installation.folder}/ldap-password", "-b", SUFFIX]))
    input()


def title(text: str) -> None:
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def sync(installation: Installation, *words: str) -> int:
    """A run whose report goes to the terminal. Its events go to the journal where one listens, else to `daemon.log`."""
    with open(f"{installation.folder}/daemon.log", "w") as events:
        status = subprocess.run(installation.words("--sync-now", *words), stderr=events).returncode
    for line in installation.daemon_output().splitlines():
        if line.startswith("pbxsyncd: "):
            print(line, file=sys.stderr)
    return status


def show_state(state: JSON) -> None:
    print(f"{len(state['extensions'])} extensions")
    table([
        [it["ExtentionNumber"], f"{it['FirstName']} {it['LastName']}", it["EmailAddress"], it["OutboundCallerID"]]
        for it in state["extensions"]])
    print(f"{len(state['contacts'])} contacts")
    table([[it["PhoneNumber"], f"{it['FirstName']} {it['LastName']}", it["CompanyName"]] for it in state["contacts"]])
    print(f"{len(state['mails'])} mails sent, {len(state['backups'])} backups made, {state['requests']} requests")


def table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def show_log(calls: list[JSON]) -> None:
    for call in calls:
        items = "; ".join(", ".join(value for value in item.values() if value) for item in call["items"])
        answer = call["answer"] or {}
        print(f"  {call['action']} {items}: {answer.get('status') or answer.get('errorCode') or 'no answer'}")
    print(f"  {len(calls)} requests")


if __name__ == "__main__":
    main()
