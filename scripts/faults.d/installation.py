"""One installation on loopback: a slapd with a configuration that can be changed, a PBX, and pbxsyncd."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

from proxy import Proxy

SUFFIX = "dc=example,dc=com"
ADMIN = f"cn=admin,{SUFFIX}"
READER = f"cn=reader,{SUFFIX}"
PASSWORD = "a-secret-that-must-not-be-seen"
KEY = "a-key-that-must-not-be-seen"

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
bind_dn = "{bind_dn}"
bind_password_file = "ldap-password"
canaries = ["uid=switchboard,ou=north,ou=people,dc=example,dc=com"]
page_size = 7
idle_timeout = "1s"
connect_timeout = "2s"
[[users]]
base = "ou=people,dc=example,dc=com"
filter = "{filter}"
extension.number = "{{telephoneNumber | digits | last 4}}"
extension.first_name = "{{givenName}}"
extension.last_name = "{{sn}}"
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
protected = ["8000-8099"]
[pbx]
url = "http://127.0.0.1:{pbx}/api.aspx"
security_key_file = "pbx-key"
request_timeout = "1s"
retries = {retries}
[removal]
complete_reads = 2
after = "0s"
[state]
directory = "{folder}/state"
backups = 2
"""

FILTER = "(objectClass=inetOrgPerson)"


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
        subprocess.run(
            ["/usr/sbin/slapadd", "-q", "-w", "-f", f"{self.folder}/slapd.conf"], input=ldif.encode(), check=True)
        # Makes the configuration one that can be changed while it runs (slapd-config(5)).
        subprocess.run(
            ["/usr/sbin/slaptest", "-f", f"{self.folder}/slapd.conf", "-F", f"{self.folder}/config"],
            check=True, capture_output=True)

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
    def __init__(self, folder, programs):
        port_file = f"{folder}/pbx-port"
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

    def lay(self, kind, objects):
        self._ask("POST", f"/control/{kind}", objects)

    def set_faults(self, faults):
        self._ask("POST", "/control/faults", faults)


class Site:
    """All of it, in a folder that goes with it."""

    def __init__(self, programs, ldif, retries):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="pbxsyncd-faults-")
        self.retries = retries
        os.makedirs(f"{self.folder}/state", mode=0o700)
        self.directory = self._slapd("directory")
        self.directory.load(ldif)
        self.directory.start()
        self.laggard = None
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

    def configure(self, filter=FILTER, servers=None, bind_dn=READER):
        ports = servers or [self.ldap_proxy.port]
        uris = ", ".join(f'"ldap://127.0.0.1:{port}"' for port in ports)
        self._write(
            "pbxsyncd.toml",
            CONFIGURATION.format(
                servers=uris, bind_dn=bind_dn, filter=filter, pbx=self.pbx_proxy.port, retries=self.retries,
                folder=self.folder))

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

    def command(self, *words, crash=None, kill_after=None):
        """pbxsyncd with these words. Returns its exit status (negative for a signal), its output and its errors."""
        environment = dict(os.environ)
        if crash:
            environment["PBXSYNCD_CRASH_AT"] = crash
        process = subprocess.Popen(
            [f"{self.programs}/pbxsyncd", "--config", f"{self.folder}/pbxsyncd.toml", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        try:
            output, errors = process.communicate(timeout=kill_after or 120)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            if not kill_after:
                raise
        return process.returncode, output.decode(errors="replace"), errors.decode(errors="replace")

    def stop(self, keep=False):
        self.stop_laggard()
        self.directory.stop()
        self.pbx.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
