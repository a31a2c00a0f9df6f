#!/usr/bin/env python3
"""Starts the directories one after the other and plays the suite on each. See scripts/test-directories."""

import argparse
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "faults.d")]

import cases_people  # noqa: E402,F401  The order is that of playing.
import cases_shapes  # noqa: E402,F401
import cases_groups  # noqa: E402,F401
import cases_connection  # noqa: E402,F401
import cases_doorbell  # noqa: E402,F401
import cases_openldap  # noqa: E402,F401
import cases_389ds  # noqa: E402,F401
import cases_samba  # noqa: E402,F401
import suite  # noqa: E402
from desk import Desk  # noqa: E402
from ds389 import DirectoryServer389  # noqa: E402
from openldap import OpenLDAP  # noqa: E402
from packages import install  # noqa: E402
from samba import Samba  # noqa: E402

FAMILIES = {family.name: family for family in (OpenLDAP, DirectoryServer389, Samba)}


def reason_to_skip(family):
    if family.needs_root and os.geteuid() != 0:
        return "it needs root"
    missing = install(family.packages)
    return f"{' '.join(missing)} isn't installed" if missing else None


def isolate():
    """Once more in a network namespace of its own, where ports that are taken here are free."""
    done = subprocess.run(["unshare", "-nm", "true"], capture_output=True)
    if done.returncode:
        return False
    os.environ["PBXSYNCD_ISOLATED"] = "1"
    # Samba's own ports begin at 49152: what asks for any free port gets one below.
    # Kerberos wants a name for the host, and resolv.conf leads nowhere from there.
    with tempfile.NamedTemporaryFile("w", delete=False) as hosts:
        os.chmod(hosts.name, 0o644)
        hosts.write("127.0.0.1 localhost\n127.0.0.1 dc.example.com\n")
    os.environ["PBXSYNCD_HOSTS"] = hosts.name
    script = """
        mount --bind "$PBXSYNCD_HOSTS" /etc/hosts
        ip link set lo up
        echo 20000 40000 > /proc/sys/net/ipv4/ip_local_port_range
        exec "$@"
        """
    os.execvp("unshare", [
        "unshare", "-nm", "--", "sh", "-c", script, "sh", sys.executable, os.path.abspath(__file__), *sys.argv[1:]])


def tell(text):
    print(text, flush=True)


def play(family, arguments):
    """How many cases were played, and the titles of those that failed."""
    begun = time.time()
    directory, desk = family(), None
    try:
        directory.start()
        desk = Desk(arguments.programs, directory)
        tell(f"{directory.title} is up after {time.time() - begun:.0f} s")
        return suite.play(directory, desk, arguments.only, tell)
    except Exception as error:
        tell(f"NOT OK: {directory.title}: starts\n  {error}")
        return 1, ["starts"]
    finally:
        if desk:
            desk.remove()
        if arguments.keep:
            directory.stop()
            tell(f"{directory.title} was in {directory.folder}")
        else:
            directory.remove()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("families", nargs="*", metavar="openldap|389ds|samba")
    parser.add_argument("--programs", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    if wrong := set(arguments.families) - set(FAMILIES):
        parser.error(f"no such directory: {' '.join(wrong)}; there are {' '.join(FAMILIES)}")
    wanted = arguments.families or list(FAMILIES)
    if "PBXSYNCD_ISOLATED" not in os.environ:
        skipped = {name: reason for name in wanted if (reason := reason_to_skip(FAMILIES[name]))}
        os.environ["PBXSYNCD_SKIPPED"] = "\n".join(f"{name}: {reason}" for name, reason in skipped.items())
        if "samba" in wanted and "samba" not in skipped and not isolate():
            skipped["samba"] = "no network namespace can be made"
            os.environ["PBXSYNCD_SKIPPED"] += "\nsamba: no network namespace can be made"
    skipped = dict(line.split(": ", 1) for line in os.environ["PBXSYNCD_SKIPPED"].splitlines() if line)

    begun, count, failed = time.time(), 0, []
    for name in wanted:
        if name in skipped:
            tell(f"skipped: {FAMILIES[name].title}: {skipped[name]}")
            continue
        played, wrong = play(FAMILIES[name], arguments)
        count += played
        failed += [f"{FAMILIES[name].title}: {title}" for title in wrong]
    verdict = f"{len(failed)} of {count} cases NOT OK" if failed else f"{count} cases, all is well"
    if hosts := os.environ.get("PBXSYNCD_HOSTS"):
        os.unlink(hosts)
    tell("\n".join([f"scripts/test-directories: {verdict} ({time.time() - begun:.0f} s)", *(f"  {each}" for each in failed)]))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
