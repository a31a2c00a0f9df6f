"""One site of the campaign: a slapd, a simulated PBX, a proxy before each that breaks connections, and pbxsyncd."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from typing import Any

from ..servers.configuration import Sections, merged, sections
from ..servers.installation import Ended, Installation
from ..servers.pbx import KEY, PBX, Key
from ..servers.server import PASSWORD, READER, Environment
from ..servers.slapd import READER_ONLY, Slapd
from .mirror import Snapshot
from .people import People
from .proxy import Proxy

FILTER = "(objectClass=inetOrgPerson)"
BASE = "ou=people,dc=example,dc=com"
LAST_NAME = "{sn}"


class Site(Installation):
    """All of it, in a folder that goes with it."""

    #: Set by the campaign.
    people: People
    earlier: str
    #: More of the configuration.
    more: Sections = {}

    def __init__(self, programs: str, ldif: str, retries: int, probe: str | None = None) -> None:
        # In memory where that can be: what a power cut would leave isn't what this is about.
        shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        super().__init__(tempfile.mkdtemp(prefix="pbxsyncd-faults-", dir=shm), f"{programs}/pbxsyncd")
        self.programs = programs
        self.retries = retries
        self.probe = probe
        # How much later than it is a run takes it to be, in seconds: each cycle is an hour for itself.
        self.later = 0
        self.directory = self._slapd("directory", ldif)
        self.laggard: Slapd | None = None
        self.daemon: subprocess.Popen[bytes] | None = None
        # Copies of the ledger from earlier days.
        self.backups: list[str] = []
        # What the PBX held on earlier days.
        self.snapshots: list[Snapshot] = []
        self.serial = 0
        self.pbx = PBX(self.folder, programs)
        self.ldap_proxy = Proxy(self.directory.port)
        self.pbx_proxy = Proxy(self.pbx.port)
        self.configure()

    def _slapd(self, name: str, ldif: str) -> Slapd:
        slapd = Slapd(f"{self.folder}/{name}", database=READER_ONLY)
        slapd.prepare()
        slapd.load(ldif)
        slapd.restart()
        return slapd

    def configure(
        self, filter: str = FILTER, base: str = BASE, last_name: str = LAST_NAME, servers: list[int] | None = None,
        pbx: int | None = None, poll: str = "1s", retries: int | None = None, after: str = "0s", updates: int = 20
    ) -> None:
        """Writes the configuration; what isn't given is as it always is."""
        uris = [f"ldap://127.0.0.1:{port}" for port in servers or [self.ldap_proxy.port]]
        always = sections(uris, pbx or self.pbx_proxy.port, READER, f"{self.folder}/state")
        self.write_configuration(merged(always, {
            "directory": {
                "canaries": ["uid=switchboard,ou=north,ou=people,dc=example,dc=com"], "page_size": 7, "idle_timeout": "4s",
                "connect_timeout": "4s"},
            "users": [{
                "base": base, "filter": filter,
                "extension": {
                    "number": "{telephoneNumber | digits | last 4}", "first_name": "{givenName}", "last_name": last_name,
                    "email": "{mail}", "caller_id": "{telephoneNumber | digits}", "pool": ["6000-6099"]}}],
            "contacts": [{
                "base": "ou=partners,dc=example,dc=com", "filter": "(objectClass=inetOrgPerson)",
                "contact": {
                    "numbers": ["{telephoneNumber | digits}", "{mobile | digits}"], "first_name": "{givenName}",
                    "last_name": "{sn}", "company": "{o}"}}],
            "numbers": {"extension_ranges": ["1000-8999"], "protected": ["8000-8099", "4989000001"]},
            "pbx": {
                "request_timeout": "2s", "retries": self.retries if retries is None else retries, "probe": self.probe},
            "schedule": {"poll": poll, "full": "6h"},
            "update": {"max_percent": updates},
            "removal": {"complete_reads": 2, "after": after},
            "state": {"backups": 2}}, self.more))

    def set_key(self, key: str = KEY) -> None:
        self.write("pbx-key", key)

    def set_password(self, password: str = PASSWORD) -> None:
        self.write("ldap-password", password)

    def start_laggard(self, dump: str) -> int:
        """A second server with an earlier state of the directory. Returns its port."""
        self.stop_laggard()
        self.laggard = self._slapd("laggard", dump)
        return self.laggard.port

    def stop_laggard(self) -> None:
        if self.laggard:
            self.laggard.remove()
        self.laggard = None

    # MARK: pbxsyncd

    @property
    def ledger(self) -> str:
        return f"{self.folder}/state/ledger.sqlite"

    def ledger_rows(self, query: str, file: str | None = None) -> list[Any]:
        """What a query of the ledger gives; nothing where there is no ledger yet."""
        file = file or self.ledger
        if not os.path.exists(file):
            return []
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as ledger:
            return ledger.execute(query).fetchall()

    def in_doubt(self, verbs: Iterable[str] = ("add", "update", "delete")) -> set[Key]:
        """The objects with such a call in doubt, by each number that they may have."""
        rows = self.ledger_rows("SELECT verb, kind, number, registered_number FROM intents WHERE state = 'open'")
        return {(kind, number) for verb, kind, *both in rows if verb in verbs for number in both if number}

    def start(self, *words: str, environment: Environment | None = None) -> subprocess.Popen[bytes]:
        return super().start(*words, environment=self._with_clock(environment))

    def _with_clock(self, environment: Environment | None) -> Environment:
        more = environment or {}
        clock = f"wall+{self.later},boottime+{self.later}"
        if "PBXSYNCD_CLOCK" in more:
            clock += "," + more["PBXSYNCD_CLOCK"]
        return more | {"PBXSYNCD_CLOCK": clock}

    def command(
        self, *words: str, environment: Environment | None = None, timeout: float = 120, is_kill: bool = False,
        crash: str | None = None
    ) -> Ended:
        """pbxsyncd with these words. Where `crash` names a step, it is killed there."""
        more = {"PBXSYNCD_CRASH_AT": crash} if crash else {}
        ended = super().command(*words, environment=(environment or {}) | more, timeout=timeout, is_kill=is_kill)
        if ended.status < 0:
            self.pbx_proxy.wait_until_idle()
        return ended

    def back_up(self) -> str:
        """A copy of the ledger as of now, as an admin makes it; the last three are kept. Returns its place."""
        self.serial += 1
        file = f"{self.folder}/ledger-{self.serial}.sqlite"
        status, output, errors = self.command("ledger", "backup", file)
        if status:
            raise RuntimeError(f"ledger backup: {status}: {output}{errors}")
        self.backups = self.backups[-2:] + [file]
        return file

    def start_daemon(self, *words: str, environment: Environment | None = None) -> subprocess.Popen[bytes]:
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{self.folder}/notify")
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices.bind(f"{self.folder}/notify")
        self.has_polled = threading.Event()
        self.daemon = super().start_daemon(
            *words, environment=self._with_clock(environment) | {"NOTIFY_SOCKET": f"{self.folder}/notify"})
        threading.Thread(target=self._read, args=(notices, self.daemon, self.has_polled), daemon=True).start()
        return self.daemon

    @staticmethod
    def _read(notices: socket.socket, daemon: subprocess.Popen[bytes], has_polled: threading.Event) -> None:
        """Reads what the daemon tells systemd, as long as it lives: it would wait for a place in the queue."""
        notices.settimeout(1)
        while daemon.poll() is None:
            with contextlib.suppress(TimeoutError):
                if b"; next in" in notices.recv(65536):
                    has_polled.set()
        notices.close()

    def is_daemon_waiting(self) -> bool:
        """Whether the daemon has said, as it does to systemd, that its first poll is over and when the next is due. What it
        logs goes to the journal where there is one."""
        return self.has_polled.is_set()

    def stop(self, keep: bool = False) -> None:
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        self.stop_laggard()
        self.directory.stop()
        self.pbx.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
