"""pbxsyncd as an admin has it: a folder with its configuration, its secrets and its ledger."""

import os
import subprocess
from typing import NamedTuple

from .configuration import Sections, toml
from .pbx import KEY
from .server import PASSWORD, Environment

#: A tool reads a program's events from its standard error, also on a machine whose journal runs.
ENVIRONMENT = os.environ | {"PBXSYNCD_LOG": "stderr"}


class Ended(NamedTuple):
    """How a command ended: its exit status, negative for a signal, and what it printed."""

    status: int
    output: str
    errors: str


def write_secret(path: str, text: str) -> None:
    """A file for its owner alone: pbxsyncd refuses others."""
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    os.chmod(path, 0o600)


class Installation:
    def __init__(self, folder: str, program: str) -> None:
        self.folder, self.program = folder, program
        os.makedirs(f"{folder}/state", mode=0o700, exist_ok=True)
        self.write("ldap-password", PASSWORD)
        self.write("pbx-key", KEY)

    def write(self, name: str, text: str) -> None:
        write_secret(f"{self.folder}/{name}", text)

    def write_configuration(self, configuration: Sections) -> None:
        self.write("pbxsyncd.toml", toml(configuration))

    def words(self, *words: str) -> list[str]:
        """The command line of pbxsyncd with these words."""
        return [self.program, "--config", f"{self.folder}/pbxsyncd.toml", *words]

    def start(self, *words: str, environment: Environment | None = None) -> subprocess.Popen[bytes]:
        """Starts pbxsyncd with these words and more of an environment."""
        return subprocess.Popen(
            self.words(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=ENVIRONMENT | (environment or {}))

    def start_daemon(self, *words: str, environment: Environment | None = None) -> subprocess.Popen[bytes]:
        """Starts the daemon. What it prints goes to `daemon.log`."""
        with open(f"{self.folder}/daemon.log", "wb") as log:
            return subprocess.Popen(
                self.words(*words), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT | (environment or {}))

    def daemon_output(self) -> str:
        with open(f"{self.folder}/daemon.log", errors="replace") as log:
            return log.read()

    def command(
        self, *words: str, environment: Environment | None = None, timeout: float = 300, is_kill: bool = False
    ) -> Ended:
        """Runs pbxsyncd with these words to its end. After `timeout` it is killed, which is an error unless it `is_kill`."""
        with self.start(*words, environment=environment) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                output, errors = process.communicate()
                if not is_kill:
                    raise
        return Ended(process.returncode, output.decode(errors="replace"), errors.decode(errors="replace"))
