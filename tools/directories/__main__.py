"""Starts the directories one after the other and plays the same cases on each, with pbxsyncd and the simulated PBX.

The directories are OpenLDAP, 389 Directory Server, Samba's Active Directory domain controller, ApacheDS, and a scripted
server that has neither pages nor a root DSE, a schema or ids. After the cases for all follow each family's own. Each server
runs on the loopback, in a folder that goes with it. As root this installs the Debian packages that a directory needs, which
are many; where a directory can't run here, it is skipped, with the reason.
"""

import argparse
import importlib
import sys
import time

from .. import programs
from ..servers.apacheds import ApacheDS
from ..servers.ds389 import DirectoryServer389
from ..servers.family import Family
from ..servers.isolation import prepare
from ..servers.minimal import Minimal
from ..servers.openldap import OpenLDAP
from ..servers.samba import Samba
from . import suite
from .testbed import Testbed

# A module registers its cases when it is imported. The order is that of playing.
for name in ("people", "init", "shapes", "public", "groups", "scope", "connection", "notifications", "openldap", "providers",
             "389ds", "samba", "binding", "cookbook"):
    importlib.import_module(f".cases_{name}", __package__)

CLASSES: list[type[Family]] = [OpenLDAP, DirectoryServer389, Samba, ApacheDS, Minimal]
FAMILIES = {family.name: family for family in CLASSES}


def tell(text: str) -> None:
    print(text, flush=True)


def play(family: type[Family], folder: str, only: str, is_kept: bool) -> tuple[int, list[str]]:
    """How many cases were played, and the titles of those that failed."""
    begun = time.time()
    directory, testbed = family(), None
    try:
        directory.start()
        testbed = Testbed(folder, directory)
        tell(f"{directory.title} is up after {time.time() - begun:.0f} s")
        return suite.play(directory, testbed, only, tell)
    except Exception as error:
        tell(f"NOT OK: {directory.title}: starts\n  {error}")
        return 1, ["starts"]
    finally:
        if testbed:
            testbed.remove()
        if is_kept:
            directory.stop()
            tell(f"{directory.title} was in {directory.folder}")
        else:
            directory.remove()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/test directories", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", metavar="openldap|389ds|samba|apacheds|minimal")
    parser.add_argument("--only", metavar="WORDS", default="", help="the cases with these words in their titles")
    parser.add_argument("--keep", action="store_true", help="leave the folders of the directories behind")
    arguments = parser.parse_args()
    if wrong := set(arguments.families) - set(FAMILIES):
        parser.error(f"no such directory: {' '.join(wrong)}; there are {' '.join(FAMILIES)}")
    wanted = arguments.families or list(FAMILIES)
    programs.install()
    skipped = prepare({name: FAMILIES[name] for name in wanted})
    folder = programs.debug()

    begun, count = time.time(), 0
    failed: list[str] = []
    for name in wanted:
        if name in skipped:
            tell(f"skipped: {FAMILIES[name].title}: {skipped[name]}")
            continue
        played, titles = play(FAMILIES[name], folder, arguments.only, arguments.keep)
        count += played
        failed += [f"{FAMILIES[name].title}: {title}" for title in titles]
    verdict = f"{len(failed)} of {count} cases NOT OK" if failed else f"{count} cases OK"
    tell("\n".join([f"scripts/test directories: {verdict} ({time.time() - begun:.0f} s)", *(f"  {each}" for each in failed)]))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
