"""What is measured against: a slapd with a company in it, simulated PBXs, and pbxsyncd's folders. All on loopback."""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "faults.d"))

from company import ADMIN, PEOPLE, SUFFIX  # noqa: E402
from installation import KEY, PASSWORD, PBX, Slapd  # noqa: E402

FILTER = "(telephoneNumber=*)"
PAGE = 500
IN_FLIGHT = 4
# An extension's add takes some 320 bytes: two don't fit.
SINGLES = 420

SLAPD = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
database config
rootdn cn=config
rootpw {password}
database mdb
maxsize 8589934592
dbnosync
directory {folder}/db
suffix {suffix}
rootdn {admin}
rootpw {password}
index objectClass eq
index telephoneNumber pres
overlay syncprov
"""

CONFIGURATION = """\
[directory]
servers = ["{ldap}"]
bind_dn = "{admin}"
bind_password_file = "ldap-password"
page_size = {page}
[[users]]
base = "{people}"
filter = "{filter}"
extension.number = "{{telephoneNumber | digits | last {digits}}}"
extension.first_name = "{{givenName}}"
extension.last_name = "{{sn}}"
extension.email = "{{mail}}"
extension.caller_id = "{{telephoneNumber | e164}}"
[numbers]
country = "DE"
[pbx]
url = "http://127.0.0.1:{pbx}/api.aspx"
security_key_file = "pbx-key"
probe = "never"
max_in_flight = {in_flight}
max_query_bytes = {query}
[schedule]
run_limit = "1d"
[update]
max_count = 1000000
max_percent = 100
[addition]
max_count = 1000000
max_percent = 100
[state]
directory = "{folder}/state"
backups = 0
"""


class Directory(Slapd):
    """A slapd that holds a company, in its first generation or with everybody's name changed."""

    def __init__(self, folder, company):
        os.makedirs(folder)
        super().__init__(folder)
        self.company = company
        with open(f"{folder}/slapd.conf", "w") as file:
            file.write(SLAPD.format(folder=folder, suffix=SUFFIX, admin=ADMIN, password=PASSWORD))
        write(f"{folder}/password", PASSWORD)

    def fill(self, generation=0):
        """Begins anew with everybody in that generation, from a copy where it was loaded before."""
        self.stop()
        store, copy = f"{self.folder}/db", f"{self.folder}/generation-{generation}"
        shutil.rmtree(store)
        if not os.path.exists(copy):
            os.makedirs(store)
            self._load(generation)
            subprocess.run(["cp", "-r", "--sparse=always", store, copy], check=True)
        else:
            subprocess.run(["cp", "-r", "--sparse=always", copy, store], check=True)
        self.start()

    def _load(self, generation):
        ldif = f"{self.folder}/company.ldif"
        self.company.write_ldif(ldif, generation)
        subprocess.run(["/usr/sbin/slapadd", "-q", "-w", "-f", f"{self.folder}/slapd.conf", "-l", ldif], check=True)
        os.unlink(ldif)
        shutil.rmtree(f"{self.folder}/config")
        os.makedirs(f"{self.folder}/config")
        subprocess.run(
            ["/usr/sbin/slaptest", "-f", f"{self.folder}/slapd.conf", "-F", f"{self.folder}/config"],
            check=True, capture_output=True)  # fmt: skip

    def search(self, attributes):
        """The command that reads what pbxsyncd reads."""
        return [
            "ldapsearch", "-LLL", "-x", "-H", self.uri, "-D", ADMIN, "-y", f"{self.folder}/password",
            "-E", f"pr={PAGE}/noprompt", "-b", PEOPLE, FILTER, *attributes]  # fmt: skip


class Place:
    """A folder with a configuration of pbxsyncd and its ledger."""

    def __init__(self, folder, program, directory, query=2048):
        os.makedirs(f"{folder}/state", mode=0o700)
        self.folder, self.program, self.directory, self.query = folder, program, directory, query
        write(f"{folder}/ldap-password", PASSWORD)
        write(f"{folder}/pbx-key", KEY)

    def configure(self, pbx_port):
        write(
            f"{self.folder}/pbxsyncd.toml",
            CONFIGURATION.format(
                ldap=self.directory.uri, admin=ADMIN, page=PAGE, people=PEOPLE, filter=FILTER,
                digits=self.directory.company.digits, pbx=pbx_port, in_flight=IN_FLIGHT, query=self.query,
                folder=self.folder))  # fmt: skip

    def command(self, *words):
        return [self.program, "--config", f"{self.folder}/pbxsyncd.toml", *words]

    def attributes(self):
        """Which attributes pbxsyncd asks for, by the ldapsearch line that it logs before it reads."""
        with subprocess.Popen(
            self.command("--sync-now", "--dry-run", "--debug"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as run:
            for line in run.stderr:
                if "ldapsearch" in line and FILTER in line:
                    run.kill()
                    words = shlex.split(line[line.index("ldapsearch"):])
                    return [word for word in words[words.index(FILTER) + 1:] if "=" not in word]
        raise SystemExit("scripts/bench: pbxsyncd told of no search")

    def adopt_all(self):
        """Makes a ledger in which everybody is ours already, without a request."""
        for path in self.directory.company.write_csv(self.folder):
            subprocess.run(self.command("adopt", "--csv", path), check=True, capture_output=True)
            os.unlink(path)
        subprocess.run(self.command("--sync-now"), check=True, capture_output=True)


class Site(Place):
    """A place with a PBX of its own that knows nobody yet."""

    def __init__(self, folder, programs, directory, query=2048):
        super().__init__(folder, f"{programs}/pbxsyncd", directory, query)
        self.programs, self.pbx = programs, None
        self.new_pbx()

    def new_pbx(self):
        if self.pbx:
            self.pbx.stop()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.folder}/pbx-port")
        self.pbx = PBX(self.folder, self.programs)
        self.configure(self.pbx.port)

    def close(self):
        self.pbx.stop()
        shutil.rmtree(self.folder)


def write(path, text):
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
