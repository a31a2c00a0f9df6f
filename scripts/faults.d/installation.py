"""One installation on loopback: a slapd with a configuration that can be changed, a PBX, and pbxsyncd."""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.request

from proxy import Proxy

SUFFIX = "dc=example,dc=com"
ADMIN = f"cn=admin,{SUFFIX}"
READER = f"cn=reader,{SUFFIX}"
PASSWORD = "a-secret-that-must-not-be-seen"
KEY = "a-key-that-must-not-be-seen"
# How the API spells the number and the values of an object.
FIELDS = {
    "extension": ("ExtentionNumber", "FirstName", "LastName", "EmailAddress", "OutboundCallerID"),
    "contact": ("PhoneNumber", "FirstName", "LastName", "CompanyName"),
}

SLAPD = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
database config
rootdn cn=config
rootpw {password}
database mdb
maxsize 268435456
dbnosync
directory {folder}/db
suffix {suffix}
rootdn {admin}
rootpw {password}
access to * by dn.exact={reader} read by anonymous auth
overlay syncprov
"""

CONFIGURATION = """\
[directory]
servers = [{servers}]
bind_dn = "{reader}"
bind_password_file = "ldap-password"
canaries = ["uid=switchboard,ou=north,ou=people,dc=example,dc=com"]
page_size = 7
idle_timeout = "4s"
connect_timeout = "4s"
[[users]]
base = "{base}"
filter = "{filter}"
extension.number = "{{telephoneNumber | digits | last 4}}"
extension.first_name = "{{givenName}}"
extension.last_name = "{last_name}"
extension.email = "{{mail}}"
extension.caller_id = "{{telephoneNumber | digits}}"
extension.pool = ["6000-6099"]
[[contacts]]
base = "ou=partners,dc=example,dc=com"
filter = "(objectClass=inetOrgPerson)"
contact.numbers = ["{{telephoneNumber | digits}}", "{{mobile | digits}}"]
contact.first_name = "{{givenName}}"
contact.last_name = "{{sn}}"
contact.company = "{{o}}"
[numbers]
country = "DE"
extension_ranges = ["1000-8999"]
protected = ["8000-8099", "4989000001"]
[pbx]
url = "http://127.0.0.1:{pbx}/api.aspx"
security_key_file = "pbx-key"
request_timeout = "2s"
retries = {retries}
{probe}
[schedule]
poll = "{poll}"
full = "6h"
[update]
max_percent = {updates}
[removal]
complete_reads = 2
after = "{after}"
[state]
directory = "{folder}/state"
backups = 2
"""

FILTER = "(objectClass=inetOrgPerson)"
BASE = "ou=people,dc=example,dc=com"
LAST_NAME = "{sn}"


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Slapd:
    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.uri = f"ldap://127.0.0.1:{self.port}"
        self.process = None
        os.makedirs(f"{folder}/db")
        os.makedirs(f"{folder}/config")
        with open(f"{folder}/slapd.conf", "w") as file:
            file.write(SLAPD.format(folder=folder, suffix=SUFFIX, admin=ADMIN, reader=READER, password=PASSWORD))

    def load(self, ldif):
        """Fills an empty directory."""
        self._add(ldif)
        # Makes the configuration one that can be changed while it runs (slapd-config(5)).
        subprocess.run(
            ["/usr/sbin/slaptest", "-f", f"{self.folder}/slapd.conf", "-F", f"{self.folder}/config"],
            check=True, capture_output=True)

    def _add(self, ldif):
        subprocess.run(
            ["/usr/sbin/slapadd", "-q", "-w", "-f", f"{self.folder}/slapd.conf"], input=ldif.encode(), check=True)

    def start(self):
        arguments = ["/usr/sbin/slapd", "-F", f"{self.folder}/config", "-h", f"{self.uri}/", "-d", "0"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2000):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.005)
        raise RuntimeError("slapd doesn't answer")

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        self.start()

    def catch_up(self, dump):
        """Has this state of the directory from now on, with the same address."""
        self.stop()
        shutil.rmtree(f"{self.folder}/db")
        os.makedirs(f"{self.folder}/db")
        self._add(dump)
        self.start()

    def modify(self, ldif, *options, bind=ADMIN):
        done = subprocess.run(
            ["/usr/bin/ldapmodify", "-x", "-H", self.uri, "-D", bind, "-w", PASSWORD, *options],
            input=ldif.encode(), capture_output=True)
        if done.returncode:
            raise RuntimeError(f"ldapmodify: {done.stderr.decode()}\n{ldif}")

    def dump(self):
        """All of it, with its ids, as slapadd takes it."""
        done = subprocess.run(["/usr/sbin/slapcat", "-F", f"{self.folder}/config", "-n", "1"], capture_output=True, check=True)
        return done.stdout.decode()


class PBX:
    def __init__(self, folder, programs, name="pbx"):
        port_file = f"{folder}/{name}-port"
        with contextlib.suppress(FileNotFoundError):
            os.remove(port_file)
        with open(f"{folder}/pbx-key", "w") as file:
            file.write(KEY)
        self.process = subprocess.Popen(
            [f"{programs}/pbx-simulator", "--listen", "127.0.0.1:0", "--key-file", f"{folder}/pbx-key",
             "--port-file", port_file], stdout=subprocess.DEVNULL)
        while not (os.path.exists(port_file) and os.path.getsize(port_file)):
            time.sleep(0.01)
        with open(port_file) as file:
            self.port = int(file.read())

    def stop(self):
        self.process.kill()
        self.process.wait()

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method, data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def state(self):
        return self._ask("GET", "/state.json")

    def log(self):
        return self._ask("GET", "/log.json")

    def reset_log(self):
        self._ask("POST", "/control/reset-log", [])

    def lay(self, objects):
        """Puts objects there, without a mail: (kind, number) -> values."""
        kinds = {"extension": [], "contact": []}
        for (kind, number), values in objects.items():
            kinds[kind].append(dict(zip(FIELDS[kind], (number, *values))))
        for kind, items in kinds.items():
            if items:
                self._ask("POST", f"/control/{kind}s", items)

    def lose(self, keys):
        """Takes objects away, as somebody does by hand, or as a disk does."""
        for kind in FIELDS:
            numbers = [number for its_kind, number in keys if its_kind == kind]
            if numbers:
                self._ask("DELETE", f"/control/{kind}s", numbers)

    def set(self, **settings):
        self._ask("POST", "/control/settings", settings)

    def set_faults(self, faults):
        self._ask("POST", "/control/faults", faults)


class Site:
    """All of it, in a folder that goes with it."""

    def __init__(self, programs, ldif, retries, probe=""):
        self.programs = programs
        # In memory where that can be: what a power cut would leave isn't what this is about.
        self.folder = tempfile.mkdtemp(prefix="pbxsyncd-faults-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.retries = retries
        self.probe = probe
        # How much later than it is a run takes it to be, in seconds: each cycle is an hour for itself.
        self.later = 0
        os.makedirs(f"{self.folder}/state", mode=0o700)
        self.directory = self._slapd("directory")
        self.directory.load(ldif)
        self.directory.start()
        self.laggard = None
        self.daemon = None
        # Copies of the ledger from earlier days.
        self.backups = []
        # What the PBX held on earlier days.
        self.snapshots = []
        self.serial = 0
        self.pbx = PBX(self.folder, programs)
        self.ldap_proxy = Proxy(self.directory.port)
        self.pbx_proxy = Proxy(self.pbx.port)
        self._write("ldap-password", PASSWORD)
        self.configure()

    def _slapd(self, name):
        folder = f"{self.folder}/{name}"
        os.makedirs(folder)
        return Slapd(folder)

    def _write(self, name, text):
        with open(os.open(f"{self.folder}/{name}", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def configure(self, filter=FILTER, base=BASE, last_name=LAST_NAME, servers=None, pbx=None, poll="1s", retries=None, after="0s", updates=20):
        """Writes the configuration; what isn't given is as it always is."""
        ports = servers or [self.ldap_proxy.port]
        uris = ", ".join(f'"ldap://127.0.0.1:{port}"' for port in ports)
        self._write(
            "pbxsyncd.toml",
            CONFIGURATION.format(
                servers=uris, reader=READER, filter=filter, base=base, last_name=last_name,
                pbx=pbx or self.pbx_proxy.port, retries=self.retries if retries is None else retries, probe=self.probe, poll=poll, after=after, updates=updates, folder=self.folder))

    def set_key(self, key=KEY):
        self._write("pbx-key", key)

    def set_password(self, password=PASSWORD):
        self._write("ldap-password", password)

    def start_laggard(self, dump):
        """A second server with an earlier state of the directory. Returns its port."""
        self.stop_laggard()
        self.laggard = self._slapd("laggard")
        self.laggard.load(dump)
        self.laggard.start()
        return self.laggard.port

    def stop_laggard(self):
        if self.laggard:
            self.laggard.stop()
            shutil.rmtree(self.laggard.folder)
        self.laggard = None

    # MARK: pbxsyncd

    @property
    def ledger(self):
        return f"{self.folder}/state/ledger.sqlite"

    def ledger_rows(self, query, file=None):
        """What a query of the ledger gives; nothing where there is no ledger yet."""
        file = file or self.ledger
        if not os.path.exists(file):
            return []
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as ledger:
            return ledger.execute(query).fetchall()

    def doubted(self, verbs=("add", "update", "delete")):
        """The objects for which such a call is in doubt, by each number that they may have."""
        rows = self.ledger_rows("SELECT verb, kind, number, registered_number FROM intents WHERE state = 'open'")
        return {(kind, number) for verb, kind, *both in rows if verb in verbs for number in both if number}

    def environment(self, more=None):
        clock = f"wall+{self.later},boottime+{self.later}"
        if more and "PBXSYNCD_CLOCK" in more:
            clock += "," + more["PBXSYNCD_CLOCK"]
        return dict(os.environ, **(more or {})) | {"PBXSYNCD_CLOCK": clock}

    def start(self, *words, crash=None, environment=None):
        """Starts pbxsyncd with these words; its output goes to files, for nobody reads along."""
        variables = self.environment(environment)
        if crash:
            variables["PBXSYNCD_CRASH_AT"] = crash
        return subprocess.Popen(
            [f"{self.programs}/pbxsyncd", "--config", f"{self.folder}/pbxsyncd.toml", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables)

    def command(self, *words, crash=None, kill_after=None, environment=None):
        """pbxsyncd with these words. Returns its exit status (negative for a signal), its output and its errors."""
        process = self.start(*words, crash=crash, environment=environment)
        try:
            output, errors = process.communicate(timeout=kill_after or 120)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            if not kill_after:
                raise
        if process.returncode < 0:
            self.pbx_proxy.wait_until_idle()
        return process.returncode, output.decode(errors="replace"), errors.decode(errors="replace")

    def back_up(self):
        """A copy of the ledger as of now, as an admin makes it; the last three are kept. Returns its place."""
        self.serial += 1
        file = f"{self.folder}/ledger-{self.serial}.sqlite"
        status, output, errors = self.command("ledger", "backup", file)
        if status:
            raise RuntimeError(f"ledger backup: {status}: {output}{errors}")
        self.backups = self.backups[-2:] + [file]
        return file

    def start_daemon(self, environment=None):
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{self.folder}/notify")
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices.bind(f"{self.folder}/notify")
        self.has_polled = threading.Event()
        with open(f"{self.folder}/daemon.log", "w") as log:
            self.daemon = subprocess.Popen(
                [f"{self.programs}/pbxsyncd", "--config", f"{self.folder}/pbxsyncd.toml"],
                stdout=log, stderr=log, env=self.environment(environment) | {"NOTIFY_SOCKET": f"{self.folder}/notify"})
        threading.Thread(target=self._read, args=(notices, self.daemon, self.has_polled), daemon=True).start()
        return self.daemon

    @staticmethod
    def _read(notices, daemon, has_polled):
        """Reads what the daemon tells systemd, as long as it lives: it would wait for a place in the queue."""
        notices.settimeout(1)
        while daemon.poll() is None:
            with contextlib.suppress(TimeoutError):
                if b"; next in" in notices.recv(65536):
                    has_polled.set()
        notices.close()

    def is_daemon_waiting(self):
        """Whether the daemon has said, as it does to systemd, that its first poll is over and when the next is due. What it
        logs goes to the journal where there is one."""
        return self.has_polled.is_set()

    def daemon_output(self):
        with open(f"{self.folder}/daemon.log", errors="replace") as log:
            return log.read()

    def stop(self, keep=False):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        self.stop_laggard()
        self.directory.stop()
        self.pbx.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
