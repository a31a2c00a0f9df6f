#!/usr/bin/env python3
"""Starts the directories one after the other and plays the suite on each. See scripts/test-directories."""

import argparse
import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "faults.d")]

import cases_people  # noqa: E402,F401  The order is that of playing.
import cases_shapes  # noqa: E402,F401
import cases_public  # noqa: E402,F401
import cases_groups  # noqa: E402,F401
import cases_scope  # noqa: E402,F401
import cases_connection  # noqa: E402,F401
import cases_notifications  # noqa: E402,F401
import cases_openldap  # noqa: E402,F401
import cases_providers  # noqa: E402,F401
import cases_389ds  # noqa: E402,F401
import cases_samba  # noqa: E402,F401
import cases_binding  # noqa: E402,F401
import suite  # noqa: E402
from apacheds import ApacheDS  # noqa: E402
from testbed import Testbed  # noqa: E402
from ds389 import DirectoryServer389  # noqa: E402
from minimal import Minimal  # noqa: E402
from openldap import OpenLDAP  # noqa: E402
from isolation import prepare  # noqa: E402
from samba import Samba  # noqa: E402

FAMILIES = {family.name: family for family in (OpenLDAP, DirectoryServer389, Samba, ApacheDS, Minimal)}


def tell(text):
    print(text, flush=True)


def play(family, arguments):
    """How many cases were played, and the titles of those that failed."""
    begun = time.time()
    directory, testbed = family(), None
    try:
        directory.start()
        testbed = Testbed(arguments.programs, directory)
        tell(f"{directory.title} is up after {time.time() - begun:.0f} s")
        return suite.play(directory, testbed, arguments.only, tell)
    except Exception as error:
        tell(f"NOT OK: {directory.title}: starts\n  {error}")
        return 1, ["starts"]
    finally:
        if testbed:
            testbed.remove()
        if arguments.keep:
            directory.stop()
            tell(f"{directory.title} was in {directory.folder}")
        else:
            directory.remove()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("families", nargs="*", metavar="openldap|389ds|samba|apacheds|minimal")
    parser.add_argument("--programs", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    if wrong := set(arguments.families) - set(FAMILIES):
        parser.error(f"no such directory: {' '.join(wrong)}; there are {' '.join(FAMILIES)}")
    wanted = arguments.families or list(FAMILIES)
    skipped = prepare({name: FAMILIES[name] for name in wanted}, os.path.abspath(__file__))

    begun, count, failed = time.time(), 0, []
    for name in wanted:
        if name in skipped:
            tell(f"skipped: {FAMILIES[name].title}: {skipped[name]}")
            continue
        played, wrong = play(FAMILIES[name], arguments)
        count += played
        failed += [f"{FAMILIES[name].title}: {title}" for title in wrong]
    verdict = f"{len(failed)} of {count} cases NOT OK" if failed else f"{count} cases, all is well"
    tell("\n".join([f"scripts/test-directories: {verdict} ({time.time() - begun:.0f} s)", *(f"  {each}" for each in failed)]))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
