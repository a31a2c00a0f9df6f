"""pbxsyncd as an admin has it, between one directory and a simulated PBX."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..servers.configuration import UNLIMITED, Sections, Table, merged, sections
from ..servers.family import PARTNERS, PEOPLE, Family
from ..servers.installation import Installation
from ..servers.pbx import JSON, PBX
from ..servers.server import PASSWORD, Environment

Report = dict[str, Any]


def complete_reads(said: str) -> int:
    """The number of complete reads in a daemon's log."""
    return len(re.findall(r"\d entr(?:y|ies) read", said))


def eventually(condition: Callable[[], bool], otherwise: Callable[[], str] = str, pause: float = 0.02) -> None:
    """Waits until it holds, ten minutes at most: far more than a loaded machine needs."""
    end = time.time() + 600
    while not condition():
        if time.time() > end:
            raise AssertionError(f"waited in vain; {otherwise()}")
        time.sleep(pause)


class Testbed(Installation):
    def __init__(self, programs: str, directory: Family) -> None:
        super().__init__(tempfile.mkdtemp(prefix="pbxsyncd-testbed-"), f"{programs}/pbxsyncd")
        self.directory = directory
        self.pbx = PBX(self.folder, programs)
        self.write("wrong-password", "not-" + PASSWORD)

    def remove(self) -> None:
        self.pbx.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def configure(
        self, servers: list[str] | None = None, bind_dn: str | None = None, password: str = "ldap-password",
        starttls: bool | None = None, ca_file: str | None = None, base: str = PEOPLE, filter: str | None = None,
        first_name: str = "{givenName}", number: str = "{telephoneNumber | digits | last 4}", last_name: str = "{sn}",
        contacts: str = PARTNERS, contact_filter: str | None = None, state: str = "state", directory: Table = {},
        schedule: Table = {}, narrow: Table = {}, company: str | None = None, sources: Sections | None = None
    ) -> None:
        """Writes the configuration: all that isn't said is as the directory has it.

        - directory, schedule: more keys of these sections.
        - narrow: more keys of the source of users.
        - sources: all sources, in place of these two.
        """
        server = self.directory
        os.makedirs(f"{self.folder}/{state}", mode=0o700, exist_ok=True)
        servers = servers or [server.uri]
        starttls = server.starttls if starttls is None else starttls
        always = sections(servers, self.pbx.port, bind_dn or server.reader, f"{self.folder}/{state}")
        connection: Table = {
            "bind_password_file": password, "ca_file": ca_file or server.ca_file,
            "starttls": True if starttls and not servers[0].startswith("ldaps") else None}
        if "sasl" in directory:
            connection = connection | {"bind_dn": None, "bind_password_file": None}
        sources = sources or {
            "users": [{
                "base": base, "filter": filter or server.users,
                "extension": {
                    "number": number, "first_name": first_name, "last_name": last_name, "email": "{mail}",
                    "caller_id": "{mobile | digits}"}} | narrow],
            "contacts": [{
                "base": contacts, "filter": contact_filter or server.contacts,
                "contact": {
                    "numbers": ["{telephoneNumber}", "{mobile}"], "first_name": "{givenName}", "last_name": "{sn}",
                    "company": company or server.company}}]}
        self.write_configuration(merged(
            always, {"directory": connection}, {"directory": server.directory_keys}, {"directory": directory}, sources,
            {"pbx": {"probe": "never"}, "schedule": schedule, "state": {"backups": 0},
             "removal": {"complete_reads": 1, "after": "0s", "max_percent": 100}}, UNLIMITED))

    def run(self, *options: str, environment: Environment | None = None) -> Report:
        """One run. Its report, with the exit status as `status`."""
        status, output, errors = self.command("--sync-now", "--json", *options, environment=environment)
        try:
            report: Report = json.loads(output)
        except json.JSONDecodeError:
            raise AssertionError(f"exit status {status}: {output}{errors}") from None
        # Without a run there is no more than the error.
        if "summary" not in report:
            raise AssertionError(f"exit status {status}: {report}{errors}")
        return report | {"status": status, "errors": errors}

    def sync(self) -> tuple[Report, list[str]]:
        """One run with the configuration as it is everywhere, and the calls it led to: `updateExt 1001`, sorted."""
        self.configure()
        self.pbx.reset_log()
        report = self.run()
        numbers = [(call["action"], item.get("ExtentionNumber") or item.get("PhoneNumber"))
                   for call in self.pbx.log() for item in call["items"]]
        return report, sorted(f"{action} {number}" for action, number in numbers)

    def look(self, *, environment: Environment | None = None, **configuration: Any) -> Report:
        """What a first run with another configuration would do: a dry run without a memory."""
        self.configure(state="nothing", **configuration)
        return self.run("--dry-run", environment=environment)

    @contextlib.contextmanager
    def daemon(self, schedule: Table, **configuration: Any) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
        """The daemon, while it lasts, once it has made its first run. Gives its process and its log."""
        self.configure(schedule=schedule, **configuration)
        process = self.start_daemon("--debug")
        try:
            eventually(lambda: complete_reads(self.daemon_output()) > 0 or process.poll() is not None, self.daemon_output)
            yield process, self.daemon_output
        finally:
            process.terminate()
            process.wait()

    def extensions(self) -> dict[str, JSON]:
        return {it["ExtentionNumber"]: it for it in self.pbx.state()["extensions"]}
