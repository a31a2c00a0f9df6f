"""Walks from a bare Debian 12 to a dry run, as an admin does on the first day, and writes the sessions into docs/init.md.

A bare Debian 12 gets the package by apt, boots under systemd, and reads a directory of 400 people on two sites: OpenLDAP, or
Samba as an Active Directory domain controller. The dry run must be what is meant: exactly the people with a number get it.
As root; needs mmdebstrap, systemd-nspawn and Debian's mirror.
"""

import argparse
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from .. import programs
from ..pictures import terminal
from ..servers import namespace
from ..servers.openldap import OpenLDAP
from ..servers.packages import install
from ..servers.samba import Samba
from ..servers.server import PASSWORD, READER
from ..systemd.debian import Booted, bare_tree
from .company import ActiveDirectoryShape, OpenLDAPShape, people, records

PAGE = f"{programs.ROOT}/docs/init.md"
PLACE = "PBXSYNCD_FIRST_DAY"
SEED = 18
MOUNTS = """
mount --bind "$PBXSYNCD_FIRST_DAY/hosts" /etc/hosts
echo 20000 40000 > /proc/sys/net/ipv4/ip_local_port_range
"""
HOSTS = "127.0.0.1 localhost\n127.0.0.1 ldap.example.com dc.example.com\n"
#: A question, and what is typed.
Answers = list[tuple[str, str]]


class Company(OpenLDAP):
    names = "DNS:ldap.example.com,DNS:localhost,IP:127.0.0.1"

    def __init__(self) -> None:
        super().__init__()
        self.port, self.tls_port = 389, 636

    def start(self) -> None:
        self.start_empty()
        self.make_readers()

    def fill_with(self, entries: list[str]) -> None:
        """As a bulk import does, which lets in what the schema doesn't: digits of other scripts."""
        self.stop()
        self.load("".join(entries).replace("changetype: add\n", ""))
        self.restart()


class Domain(Samba):
    def fill(self) -> None:
        """Nothing that a test wants."""

    def fill_with(self, entries: list[str]) -> None:
        self.change(*entries)


class Session:
    """What an admin types and sees, on a terminal of 80 columns."""

    def __init__(self, tree: Booted | None = None) -> None:
        self.tree, self.text, self.seconds, self.questions = tree, "", 0.0, 0
        self.configuration = ""

    def type(self, command: str, answers: Answers = [], words: list[str] | None = None, is_short: bool = False) -> str:
        """- is_short: whether only the last lines of the package itself are kept."""
        begin = time.monotonic()
        if words is None:
            assert self.tree
            words = ["nsenter", "-t", self.tree.leader, "-a", "/usr/bin/env", "-i", "TERM=xterm-256color", "LANG=C.UTF-8",
                     "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "/bin/sh", "-c", f"cd /root && exec {command}"]
        output, status = terminal.run(words, answers=answers)
        self.seconds += time.monotonic() - begin
        self.questions += len(answers)
        kept = "...\n" + "\n".join(re.findall(r".*pbxsyncd \(.*", output)) if is_short else output
        self.text += f"# {command}\n{kept}\n\n"
        print(f"# {command}\n{kept}\n(status {status}, {time.monotonic() - begin:.1f} s)\n", flush=True)
        return output


def block(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.strip("\n").split("\n"))


def install_package(place: str, package: str) -> None:
    """By apt, in a copy of the bare tree that still reaches the mirror."""
    tree = f"{place}/tree"
    subprocess.run(["cp", "-a", bare_tree(), tree], check=True)
    shutil.copy(package, f"{tree}/root")
    session = Session()
    name = os.path.basename(package)
    quiet = "-q -o Dpkg::Progress-Fancy=0 -o APT::Color=0 -o Dpkg::Use-Pty=0"
    inside = ["systemd-nspawn", "-q", "-D", tree, "--register=no", "--keep-unit"]
    subprocess.run([*inside, "--pipe", "apt-get", "update", "-qq"], check=True)
    session.type(
        f"apt-get install -y ./{name}", is_short=True,
        words=[*inside, "--setenv=DEBIAN_FRONTEND=noninteractive", "/bin/sh", "-c",
               f"cd /root && exec apt-get install -y {quiet} ./{name}"])
    with open(f"{place}/apt.json", "w") as file:
        json.dump({"text": session.text, "seconds": session.seconds}, file)


def walk(directory: Company | Domain, shape: OpenLDAPShape, place: str, uri: str, reader: str) -> Session:
    everybody = people(SEED)
    with open(f"{place}/tree/etc/hosts", "w") as hosts:
        hosts.write(HOSTS)
    shutil.copy(directory.ca_file, f"{place}/tree/etc/pbxsyncd/ca.pem")
    os.chmod(f"{place}/tree/etc/pbxsyncd/ca.pem", 0o644)
    directory.fill_with(records(shape, everybody))
    share = f"{place}/share-{directory.name}"
    os.makedirs(share)
    tree = Booted(share, f"{place}/tree")
    try:
        session = Session(tree)
        session.type(f"pbxsyncd init {uri} --ca-file /etc/pbxsyncd/ca.pem", [
            ("Bind DN", reader), ("Password", PASSWORD), ("[Y/n]", "y"),
            ("URL of the PBX", "https://pbx.example.com:8000/api.aspx")])
        session.type("pbxsyncd --sync-now --dry-run")
        status, output = tree.run("pbxsyncd --sync-now --dry-run --json 2>/dev/null")
        report = json.loads(output)
        added = {it["number"] for it in report["changes"] if it["kind"] == "extension" and it["action"] == "add"}
        wanted = {it.extension for it in everybody if it.extension and it.is_member and not it.is_disabled}
        extra, missing = sorted(added - wanted), sorted(wanted - added)
        print(f"{directory.title}: {len(added)} extensions, {len(wanted)} meant, wrong: {extra}, missing: {missing}")
        print(f"{session.seconds:.1f} s, {session.questions} answers")
        session.configuration = tree.says("cat /etc/pbxsyncd/pbxsyncd.toml")
        if extra or missing or not report["complete"] or session.questions > 5:
            sys.exit("the dry run isn't what is meant")
    finally:
        tree.stop()
    return session


def write(title: str, lead: str, text: str) -> None:
    """Puts a session under its heading of the page."""
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    section = f"## {title}\n\n{lead}\n\n{text}\n"
    page, count = re.subn(rf"(?ms)^## {title}\n.*?(?=^## )", lambda _: section, page)
    assert count == 1, title
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m tools.first_day", description=__doc__)
    parser.add_argument("family", nargs="?", choices=["openldap", "samba"], default="openldap")
    parser.add_argument("--write-docs", action="store_true", help="write the session into docs/init.md")
    parser.add_argument("--package", help="the package, instead of the newest of scripts/package")
    options = parser.parse_args()
    directory: Company | Domain
    if PLACE not in os.environ:
        place = os.environ[PLACE] = tempfile.mkdtemp(prefix="pbxsyncd-first-day-")
        found = [file for folder in ("dist", ".build/packages") for file in glob.glob(f"{programs.ROOT}/{folder}/pbxsyncd_*.deb")]
        install(Samba.packages if options.family == "samba" else OpenLDAP.packages)
        install_package(place, options.package or max(found, key=os.path.getmtime))
        with open(f"{place}/hosts", "w") as hosts:
            hosts.write(HOSTS)
    place = os.environ[PLACE]
    if not namespace.enter(MOUNTS):
        sys.exit("tools.first_day: this machine allows no namespaces (unshare(1))")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with open(f"{place}/apt.json") as file:
        apt = json.load(file)
    directory = Company() if options.family == "openldap" else Domain()
    try:
        directory.start()
        if isinstance(directory, Domain):
            session = walk(directory, ActiveDirectoryShape(), place, "ldaps://dc.example.com", "reader@example.com")
        else:
            session = walk(directory, OpenLDAPShape(), place, "ldaps://ldap.example.com", READER)
        print(f"{apt['seconds']:.0f} s for apt, {session.seconds:.0f} s for the rest, {session.questions} answers")
        with open(f"{place}/session.txt", "w") as file:
            file.write(apt["text"] + session.text)
        if options.write_docs:
            write_docs(options.family, apt["text"], apt["seconds"], session)
    finally:
        directory.remove()
        shutil.rmtree(place, ignore_errors=True)


def write_docs(family: str, apt: str, seconds: float, session: Session) -> None:
    answers = f"{session.questions} answers, no edited file, {seconds:.0f} s for apt and {session.seconds:.0f} s for pbxsyncd"
    if family == "samba":
        lead = ("The same company in Samba's Active Directory domain controller, which refuses anonymous reads and plain\n"
                f"passwords ({answers}):")
        write("Active Directory", lead, block(session.text))
        return
    lead = ("A bare Debian 12 gets the package, and looks at an OpenLDAP whose certificate is signed by a CA of its own\n"
            f"({answers}):")
    more = ("The written configuration has the evidence beside each key:\n\n" + block(session.configuration))
    write("OpenLDAP", lead, block(apt + session.text) + "\n" + more)


if __name__ == "__main__":
    main()
