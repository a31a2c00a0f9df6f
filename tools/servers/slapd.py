"""OpenLDAP's slapd with an empty database, whose configuration can be changed while it runs (slapd-config(5))."""

import os
import shutil
import socket
import subprocess

from .server import ADMIN, PASSWORD, READER, SUFFIX, LDAPServer, free_port

CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/openldap.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
{options}
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
{database}
overlay syncprov
"""

#: Access for the reader alone; without it everybody may read.
READER_ONLY = f"access to * by dn.exact={READER} read by anonymous auth"


class Slapd(LDAPServer):
    """- options: lines of slapd.conf(5) for the whole server. - database: lines for its database."""

    def __init__(self, folder: str | None = None, options: str = "", database: str = "") -> None:
        super().__init__(folder)
        self.port, self.tls_port = free_port(), 0
        self.options, self.database = options, database

    @property
    def addresses(self) -> str:
        return f"{self.uri}/"

    def prepare(self) -> None:
        """Writes the configuration, for an empty database."""
        for name in ("db", "config"):
            os.makedirs(f"{self.folder}/{name}")
        conf = self.write("slapd.conf", CONFIGURATION.format(
            folder=self.folder, suffix=SUFFIX, admin=ADMIN, password=PASSWORD, options=self.options, database=self.database))
        # Only the configuration (-n 0): the database has no file yet.
        subprocess.run(
            ["/usr/sbin/slaptest", "-n", "0", "-f", conf, "-F", f"{self.folder}/config"], check=True, capture_output=True)

    def load(self, ldif: str) -> None:
        """Fills the empty database."""
        self.load_file(self.write("load.ldif", ldif))

    def load_file(self, path: str) -> None:
        subprocess.run(["/usr/sbin/slapadd", "-q", "-w", "-F", f"{self.folder}/config", "-l", path], check=True)

    def restart(self) -> None:
        self.stop()
        self.spawn("/usr/sbin/slapd", "-F", f"{self.folder}/config", "-h", self.addresses, "-d", "0")

    def wait(self, seconds: float = 60) -> None:
        def answers() -> bool:
            try:
                socket.create_connection((self.host, self.port)).close()
            except OSError:
                return False
            return True

        self.wait_until(answers, seconds, pause=0.005)

    def clear(self) -> None:
        """Stops the server and empties its database."""
        self.stop()
        shutil.rmtree(f"{self.folder}/db")
        os.makedirs(f"{self.folder}/db")

    def catch_up(self, dump: str) -> None:
        """Has this state of the directory from now on, with the same address."""
        self.clear()
        self.load(dump)
        self.restart()

    def dump(self) -> str:
        """All of it, with its ids, as `load` reads it."""
        done = subprocess.run(
            ["/usr/sbin/slapcat", "-F", f"{self.folder}/config", "-n", "1"], capture_output=True, check=True)
        return done.stdout.decode()
