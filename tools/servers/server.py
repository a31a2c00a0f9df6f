"""An LDAP server that runs for real on the loopback, in a folder that goes with it."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable

SUFFIX = "dc=example,dc=com"
ADMIN = f"cn=admin,{SUFFIX}"
READER = f"cn=reader,{SUFFIX}"
#: Of every account. Samba wants several kinds of characters in it.
PASSWORD = "Secret-that-nobody-sees-1"

Environment = dict[str, str]


class Refused(Exception):
    """The server refuses a change."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class LDAPServer:
    """Starts, stops, changes and searches a server. A subclass says how it starts, in `restart`."""

    #: By its address: "localhost" is what libldap takes for the host's own name when it compares it with a certificate.
    host = "127.0.0.1"
    #: Whether a bind needs StartTLS: for servers that refuse a password without encryption.
    starttls = False
    #: Whether it forks, so that a stop must end a whole session.
    forks = False
    admin = ADMIN
    reader = READER
    ca_file = ""
    environment: Environment | None = None

    port: int
    tls_port: int

    def __init__(self, folder: str | None = None) -> None:
        self.folder = folder or tempfile.mkdtemp(prefix="pbxsyncd-directory-")
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o755)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"ldap://{self.host}:{self.port}"

    @property
    def ldaps(self) -> str:
        return f"ldaps://{self.host}:{self.tls_port}"

    # Starting and stopping

    def restart(self) -> None:
        raise NotImplementedError

    def spawn(self, *words: str) -> None:
        """Runs the server until `stop`; returns when it answers."""
        with open(f"{self.folder}/server.log", "a") as log:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, start_new_session=self.forks)
        self.wait()

    def wait(self, seconds: float = 60) -> None:
        self.wait_until(lambda: self.tool("ldapsearch", "-s", "base", "-b", "", "1.1", bind=None).returncode == 0, seconds)

    def wait_until(self, answers: Callable[[], bool], seconds: float, pause: float = 0.1) -> None:
        end = time.monotonic() + seconds
        while not answers():
            if time.monotonic() > end or self.process and self.process.poll() is not None:
                with open(f"{self.folder}/server.log") as log:
                    raise RuntimeError(f"{type(self).__name__} doesn't answer\n{log.read()[-2000:]}")
            time.sleep(pause)

    def stop(self) -> None:
        """At once: a test has nothing to lose."""
        if self.process:
            try:
                if self.forks:
                    os.killpg(self.process.pid, 9)
                else:
                    self.process.kill()
            except ProcessLookupError:
                pass
            self.process.wait()
        self.process = None

    def signal(self, number: int) -> None:
        """Sends the server a signal, such as SIGSTOP."""
        assert self.process
        self.process.send_signal(number)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name: str, text: str, mode: int = 0o644) -> str:
        """Writes a file into the server's folder. Returns its path."""
        path = f"{self.folder}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "w") as file:
            file.write(text)
        return path

    # Changing and searching

    def tool(
        self, program: str, *words: str, bind: str | None = "admin", password: str = PASSWORD, input: str = ""
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs one of ldap-utils. `bind` is `admin`, `reader`, `limited` or a DN."""
        who = [] if bind is None else ["-D", getattr(self, bind, bind), "-w", password]
        tls = ["-ZZ"] if self.starttls and bind is not None else []
        return subprocess.run(
            [program, "-x", "-H", self.uri, *tls, *who, *words], input=input.encode(), capture_output=True,
            env=dict(os.environ, LDAPTLS_CACERT=self.ca_file), timeout=1200)

    def change(self, *changes: str, bind: str = "admin") -> None:
        """Makes changes that are written as LDIF."""
        done = self.tool("ldapmodify", input="".join(changes), bind=bind)
        if done.returncode:
            raise Refused(f"{done.stderr.decode().strip()}: {''.join(changes)[:400]}")

    def allows(self, change: str) -> bool:
        """Makes a change that some servers refuse."""
        try:
            self.change(change)
        except Refused:
            return False
        return True

    def read(self, dn: str, attribute: str) -> list[str]:
        """The values of one attribute, as ldapsearch prints them."""
        done = self.tool(
            "ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", dn, "(objectClass=*)", attribute)
        rows = [row.split(":", 1) for row in done.stdout.decode().splitlines() if ":" in row]
        return [value.strip() for name, value in rows if name.lower() == attribute.lower()]
