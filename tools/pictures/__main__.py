"""Makes docs/console.md, the sample in README.md, and docs/pictures: what commands show on a terminal of 80 columns, and the report
page in a browser.

The directory is that of tools/demo, the names of the servers are made up, and the clock is set, so that a second time gives the
same. Needs chromium, chromium-driver and slapd, and the right to mount in a namespace of its own (unshare(1)).
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from .. import programs
from ..demo.__main__ import CONFIGURATION
from ..demo.__main__ import FOLDER as DEMO
from ..servers import namespace
from ..servers.configuration import Sections, merged, toml
from ..servers.installation import write_secret
from ..servers.pbx import KEY, PBX
from ..servers.server import ADMIN, PASSWORD
from ..servers.slapd import Slapd
from . import terminal
from .browser import Browser

PICTURES = f"{programs.ROOT}/docs/pictures"
CONSOLE = f"{programs.ROOT}/docs/console.md"
README = f"{programs.ROOT}/README.md"
#: The page's first screen as a phone and a desk show it.
SCREENS = {"phone": (390, 844), "desk": (1280, 800)}
#: 2026-11-25 13:18 in Berlin.
BEGIN = 1_795_609_080
#: The namespace's own /etc and /var/lib.
MOUNTS = """
own=$(mktemp -d /tmp/pbxsyncd-pictures-XXXXXX)
cp -a /etc "$own/etc" 2>/dev/null || true
mkdir -p "$own/etc/pbxsyncd" "$own/lib/pbxsyncd"
mount --bind "$own/etc" /etc
mount --bind "$own/lib" /var/lib
export PBXSYNCD_PICTURES="$own"
"""

#: A second source of trouble: numbers that can't be used.
TROUBLE = """\
dn: uid=t.unger,ou=hamburg,ou=people,dc=example,dc=com
changetype: add
objectClass: inetOrgPerson
uid: t.unger
cn: Tom Unger
givenName: Tom
sn: Unger
mail: t.unger@example.com
telephoneNumber: +49 40 4283 2101

dn: uid=l.unger,ou=hamburg,ou=people,dc=example,dc=com
changetype: add
objectClass: inetOrgPerson
uid: l.unger
cn: Lena Unger
givenName: Lena
sn: Unger
mail: l.unger@example.com
telephoneNumber: +49 40 4283 2102
"""


class Company:
    """The demo's company, at addresses that look like a company's."""

    def __init__(self, place: str) -> None:
        self.offset = BEGIN - int(time.time())
        self.directory = Slapd(f"{place}/directory")
        self.directory.port = 389
        self.directory.prepare()
        self.directory.load_file(f"{DEMO}/company.ldif")
        with open("/etc/hosts", "a") as hosts:
            hosts.write("127.0.0.1 ldap.company.test pbx.company.test\n")
        folder = programs.debug()
        self.pbx = PBX(place, folder, listen="127.0.0.1:80")
        os.makedirs(f"{place}/bin")
        os.symlink(f"{folder}/pbxsyncd", f"{place}/bin/pbxsyncd")
        self.environment = {
            "PATH": f"{place}/bin:{os.environ['PATH']}", "TZ": "Europe/Berlin", "PBXSYNCD_CLOCK": f"wall{self.offset:+d}"}
        write_secret("/etc/pbxsyncd/ldap-password", PASSWORD)
        write_secret("/etc/pbxsyncd/pbx-key", KEY)
        os.chmod("/var/lib/pbxsyncd", 0o700)
        self.directory.restart()

    def configure(self, *more: Sections) -> None:
        always: Sections = {
            "directory": {
                "servers": ["ldap://ldap.company.test"], "bind_dn": ADMIN, "bind_password_file": "ldap-password",
                "allow_plaintext": True},
            "numbers": {"country": "DE"},
            "pbx": {"url": "http://pbx.company.test/api.aspx", "security_key_file": "pbx-key", "allow_plaintext": True},
            "state": {"directory": "/var/lib/pbxsyncd"},
        }
        with open("/etc/pbxsyncd/pbxsyncd.toml", "w") as file:
            file.write(toml(merged(always, CONFIGURATION, *more)))

    def run(self, *words: str, columns: int = 80) -> tuple[str, int]:
        return terminal.run(["pbxsyncd", *words], columns=columns, environment=self.environment)

    def change(self, ldif: str) -> None:
        self.directory.change(ldif)

    def stop(self) -> None:
        self.pbx.stop()
        self.directory.stop()


class Page:
    """docs/console.md."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.text = (
            "# On the console\n\n"
            "What commands show on a terminal of 80 columns, for the sample company of `scripts/demo`. On a pipe the same is one\n"
            "record a line, and lists are whole but for held sets. `python3 -m tools.pictures` makes this page again.\n")

    def add(self, title: str, *words: str, columns: int = 80) -> str:
        """- Returns: what the command shows, as a block of the page."""
        output, status = self.company.run(*words, columns=columns)
        shown = "".join(f"    {line}".rstrip() + "\n" for line in output.split("\n"))
        self.text += f"\n## {title}\n\n    $ pbxsyncd {' '.join(words)}\n{shown}"
        if status:
            self.text += f"    $ echo $?\n    {status}\n"
        print(f"pbxsyncd {' '.join(words)}: {status}", flush=True)
        return shown


def write_sample(shown: str) -> None:
    """Puts what a dry run shows behind its command in README.md."""
    with open(README, encoding="utf-8") as file:
        page = file.read()
    command = "    $ sudo pbxsyncd --sync-now --dry-run\n"
    page, count = re.subn(rf"(?m)^{re.escape(command)}(?:(?: .*)?\n)*(?=\S)", lambda _: f"{command}{shown}\n", page)
    assert count == 1
    with open(README, "w", encoding="utf-8") as file:
        file.write(page)


def console(company: Company) -> Page:
    page = Page(company)
    company.configure()
    page.add("Before the first run", "plan")
    page.add("The first run", "--sync-now")
    page.add("Entries that wait for a correction, with the LDIF that fixes them", "conflicts")
    page.add("One person or number", "why", "1140")
    with open(f"{DEMO}/changes.ldif") as file:
        company.change(file.read())
    write_sample(page.add("After a day of changes", "--sync-now", "--dry-run"))
    company.run("--sync-now")
    company.change(TROUBLE)
    # A filter that was narrowed by mistake.
    source: dict[str, object] = dict(merged(CONFIGURATION)["users"][0])
    company.configure({"users": [source | {"filter": "(&(uid=*)(telephoneNumber=*)(!(telephoneNumber=*40*)))"}]})
    page.add("A filter that was narrowed by mistake", "--sync-now")
    page.add("What waits for an admin", "status")
    page.add("For a monitoring system", "status", "--check")
    page.add("The decision", "approve")
    page.add("The same on a terminal of 40 columns", "status", columns=40)
    page.add("The last runs", "history")
    page.add("One run", "history", "2")
    page.add("The number plan of the directory", "lint")
    return page


def pictures(report: str) -> None:
    os.makedirs(PICTURES, exist_ok=True)
    for name, (width, height) in SCREENS.items():
        for scheme in ("light", "dark"):
            browser = Browser(width, height, is_dark=scheme == "dark")
            try:
                browser.open(report)
                browser.save(f"{PICTURES}/report-{name}-{scheme}.png")
            finally:
                browser.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m tools.pictures", description=__doc__)
    parser.add_argument("--keep-page", metavar="FILE", help="also keep the report page")
    parser.add_argument("--text", action="store_true", help="only docs/console.md")
    options = parser.parse_args()
    if not namespace.enter(MOUNTS):
        sys.exit("tools.pictures: this machine allows no namespaces (unshare(1))")
    own = os.environ["PBXSYNCD_PICTURES"]
    try:
        with tempfile.TemporaryDirectory(prefix="pbxsyncd-pictures-") as place:
            company = Company(place)
            try:
                page = console(company)
                company.run("report", "--html", f"{place}/report.html")
                # The simulated PBX has no set clock.
                del company.environment["PBXSYNCD_CLOCK"]
                page.add("Everything that a run depends on", "doctor")
                with open(CONSOLE, "w") as file:
                    file.write(page.text)
                if not options.text:
                    pictures(f"{place}/report.html")
                if options.keep_page:
                    shutil.copy(f"{place}/report.html", options.keep_page)
            finally:
                company.stop()
    finally:
        subprocess.run(["umount", "/etc", "/var/lib"], check=False)
        shutil.rmtree(own, ignore_errors=True)


if __name__ == "__main__":
    main()
