"""What is measured against: a slapd with a company in it, simulated PBXs, and pbxsyncd's folders. All on loopback."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

from ..servers.configuration import UNLIMITED, merged, sections
from ..servers.installation import Installation, write_secret
from ..servers.pbx import PBX
from ..servers.server import ADMIN, PASSWORD
from ..servers.slapd import Slapd
from .company import PEOPLE, Company

FILTER = "(telephoneNumber=*)"
PAGE = 500
IN_FLIGHT = 4
# An extension's add takes some 320 bytes: two don't fit.
SINGLES = 420


class Directory(Slapd):
    """A slapd that holds a company, in its first generation or with everybody's name changed."""

    def __init__(self, folder: str, company: Company) -> None:
        super().__init__(folder, database="index objectClass eq\nindex telephoneNumber pres")
        self.company = company
        write_secret(f"{folder}/password", PASSWORD)
        self.prepare()

    def fill(self, generation: int = 0) -> None:
        """Loads everybody in that generation, from a copy if it was loaded before."""
        self.clear()
        store, copy = f"{self.folder}/db", f"{self.folder}/generation-{generation}"
        if not os.path.exists(copy):
            self._load(generation)
            subprocess.run(["cp", "-r", "--sparse=always", store, copy], check=True)
        else:
            subprocess.run(["cp", "-r", "--sparse=always", f"{copy}/.", store], check=True)
        self.restart()

    def _load(self, generation: int) -> None:
        ldif = f"{self.folder}/company.ldif"
        self.company.write_ldif(ldif, generation)
        self.load_file(ldif)
        os.unlink(ldif)

    def search(self, attributes: list[str]) -> list[str]:
        """The command that reads what pbxsyncd reads."""
        return [
            "ldapsearch", "-LLL", "-x", "-H", self.uri, "-D", ADMIN, "-y", f"{self.folder}/password",
            "-E", f"pr={PAGE}/noprompt", "-b", PEOPLE, FILTER, *attributes]


class Place(Installation):
    """A folder with a configuration of pbxsyncd and its ledger."""

    def __init__(self, folder: str, program: str, directory: Directory, query: int = 2048) -> None:
        super().__init__(folder, program)
        self.directory, self.query = directory, query

    def configure(self, pbx_port: int) -> None:
        always = sections([self.directory.uri], pbx_port, ADMIN, f"{self.folder}/state")
        self.write_configuration(merged(always, {
            "directory": {"page_size": PAGE},
            "users": [{
                "base": PEOPLE, "filter": FILTER,
                "extension": {
                    "number": f"{{telephoneNumber | digits | last {self.directory.company.digits}}}",
                    "first_name": "{givenName}", "last_name": "{sn}", "email": "{mail}",
                    "caller_id": "{telephoneNumber | e164}"}}],
            "pbx": {"probe": "never", "max_in_flight": IN_FLIGHT, "max_query_bytes": self.query},
            "schedule": {"run_limit": "1d"},
            "state": {"backups": 0}}, UNLIMITED))

    def attributes(self) -> list[str]:
        """Which attributes pbxsyncd asks for, by the ldapsearch line that it logs before it reads."""
        with subprocess.Popen(
            self.words("--sync-now", "--dry-run", "--debug"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as run:
            assert run.stderr
            for line in run.stderr:
                if "ldapsearch" in line and FILTER in line:
                    run.kill()
                    words = shlex.split(line[line.index("ldapsearch"):])
                    return [word for word in words[words.index(FILTER) + 1:] if "=" not in word]
        raise SystemExit("scripts/bench: pbxsyncd logged no search")

    def adopt_all(self) -> None:
        """Makes a ledger in which everybody is managed already, without a request."""
        for path in self.directory.company.write_csv(self.folder):
            subprocess.run(self.words("adopt", "--csv", path), check=True, capture_output=True)
            os.unlink(path)
        subprocess.run(self.words("--sync-now"), check=True, capture_output=True)


class Site(Place):
    """A place with a PBX of its own that knows nobody yet."""

    def __init__(self, folder: str, programs: str, directory: Directory, query: int = 2048) -> None:
        super().__init__(folder, f"{programs}/pbxsyncd", directory, query)
        self.programs = programs
        self.pbx = PBX(folder, programs)
        self.configure(self.pbx.port)

    def new_pbx(self) -> None:
        self.pbx.stop()
        self.pbx = PBX(self.folder, self.programs)
        self.configure(self.pbx.port)

    def close(self) -> None:
        self.pbx.stop()
        shutil.rmtree(self.folder)
