"""Two OpenLDAP servers that replicate each other."""

import time

from .. import ldif
from ..servers.family import PARTNERS, PEOPLE
from ..servers.openldap import OpenLDAP
from ..servers.server import PASSWORD, SUFFIX
from .suite import Stage, case, equal, holds
from .testbed import Report

UNITS = "".join(ldif.add(dn, {"objectClass": "organizationalUnit"}) for dn in (PEOPLE, PARTNERS))


class Provider(OpenLDAP):
    """One of them (slapd.conf(5), multiprovider)."""

    def replicate(self, number: int, other: OpenLDAP) -> None:
        self.more_options = f"serverID {number}"
        self.more_database = (
            f'syncrepl rid={number} provider={other.uri} bindmethod=simple binddn="{self.admin}" credentials={PASSWORD}'
            f'\n  searchbase="{SUFFIX}" type=refreshAndPersist retry="1 +" timeout=5\nmultiprovider on')

    def stop(self) -> None:
        """In order: after a crash slapd doesn't know how far it has come where its last change was a delete."""
        if self.process:
            self.process.terminate()
            self.process.wait()
        super().stop()

    def catches_up(self, other: OpenLDAP) -> None:
        end = time.time() + 60
        while sorted(self.read(SUFFIX, "contextCSN")) != sorted(other.read(SUFFIX, "contextCSN")):
            if time.time() > end:
                raise RuntimeError("the servers don't replicate each other")
            time.sleep(0.1)


@case("two providers: the second stands in for the first, and removes nobody at its first read", "openldap")
def providers(stage: Stage) -> None:
    one, two = Provider(), Provider()
    one.replicate(1, two)
    two.replicate(2, one)
    try:
        one.start_empty()
        one.make_readers()
        (leaver, entry), (_, other) = one.person("Leaver", 3001), one.person("Stays", 3002)
        one.change(UNITS, entry, other)
        two.start_empty()
        two.catches_up(one)
        # Each has made a change of its own that the other knows of.
        two.change(ldif.replace(leaver, mail="leaver@example.com"))
        one.catches_up(two)

        def sync() -> tuple[Report, list[str]]:
            stage.testbed.configure(servers=[one.uri, two.uri], ca_file=one.ca_file, state="providers")
            stage.testbed.pbx.reset_log()
            report = stage.testbed.run()
            return report, [f"{call['action']} {item.get('ExtentionNumber')}"
                            for call in stage.testbed.pbx.log() for item in call["items"]]

        report, calls = sync()
        equal((sorted(calls), report["read"]["server"]), (["addExt 3001", "addExt 3002"], one.uri), report["error"])
        equal(two.read(leaver, "entryUUID"), one.read(leaver, "entryUUID"))
        one.stop()
        two.change(ldif.delete(leaver))
        report, calls = sync()
        equal((report["status"], calls, report["read"]["server"]), (4, [], two.uri), report["summary"])
        equal([it["number"] for held in report["held"] for it in held["objects"]], ["3001"], report["held"])
        holds("another directory server answers" in report["held"][0]["limit"], report["held"])
        # The first is back, and doesn't know of it yet: what was seen at the second isn't taken back.
        two.stop()
        one.restart()
        report, calls = sync()
        equal((report["status"], calls), (69, []), report["summary"])
        holds("lags behind" in report["summary"], report["summary"])
        two.restart()
        one.catches_up(two)
        report, calls = sync()
        equal((report["status"], calls), (4, []), report["summary"])
        # A person who was first missing at another server stays until an admin decides.
        report, calls = sync()
        equal((report["status"], calls), (4, []), report["summary"])
        equal(stage.testbed.command("approve", report["held"][0]["name"])[0], 0, report["held"])
        report, calls = sync()
        equal((report["status"], calls), (0, ["deleteExt 3001"]), report["summary"])
    finally:
        one.remove()
        two.remove()
