"""pbxsyncd as an admin has it, between one directory and a simulated PBX."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "faults.d"))

from directory import PASSWORD, PARTNERS, PEOPLE
from installation import PBX

CONNECTION = """\
[directory]
servers = [{servers}]
{who}
{directory}
"""

SOURCES = """\
[[users]]
base = '{base}'
filter = '{filter}'
{narrow}
extension.number = '{number}'
extension.first_name = '{first_name}'
extension.last_name = '{last_name}'
extension.email = "{{mail}}"
extension.caller_id = "{{mobile | digits}}"
[[contacts]]
base = '{contacts}'
filter = '{contact_filter}'
contact.numbers = ["{{telephoneNumber}}", "{{mobile}}"]
contact.first_name = "{{givenName}}"
contact.last_name = "{{sn}}"
contact.company = "{company}"
[numbers]
country = "DE"
"""

REST = """\
[pbx]
url = "http://127.0.0.1:{pbx}/api.aspx"
security_key_file = "pbx-key"
probe = "never"
[schedule]
{schedule}
[removal]
complete_reads = 1
after = "0s"
max_percent = 100
[update]
max_count = 1000000
max_percent = 100
[addition]
max_count = 1000000
max_percent = 100
[state]
directory = "{state}"
backups = 0
"""


def complete_reads(said):
    """How many a daemon has told of."""
    return len(re.findall(r"\d entr(?:y|ies) read", said))


def eventually(condition, otherwise=lambda: "", pause=0.02):
    """Waits until it holds, a minute at most."""
    end = time.time() + 60
    while not condition():
        if time.time() > end:
            raise AssertionError(f"waited in vain; {otherwise()}")
        time.sleep(pause)


class Testbed:
    def __init__(self, programs, directory):
        self.program = f"{programs}/pbxsyncd"
        self.directory = directory
        self.folder = tempfile.mkdtemp(prefix="pbxsyncd-testbed-")
        self.pbx = PBX(self.folder, programs)
        os.chmod(f"{self.folder}/pbx-key", 0o600)
        self.write("ldap-password", PASSWORD)
        self.write("wrong-password", "not-" + PASSWORD)

    def remove(self):
        self.pbx.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        with open(os.open(f"{self.folder}/{name}", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def configure(self, servers=None, bind_dn=None, password="ldap-password", starttls=None, ca_file=None,
                  base=PEOPLE, filter=None, first_name="{givenName}", number="{telephoneNumber | digits | last 4}", last_name="{sn}",
                  contacts=PARTNERS, contact_filter=None, state="state",
                  directory="", who=None, schedule="", narrow="", company=None, sources=None):
        """Writes the configuration: all that isn't said is as the directory has it. `sources` are the text of all of them."""
        it = self.directory
        os.makedirs(f"{self.folder}/{state}", mode=0o700, exist_ok=True)
        servers = servers or [it.uri]
        starttls = it.starttls if starttls is None else starttls
        options = [f"ca_file = '{ca_file or it.ca_file}'", *it.options]
        if starttls and not servers[0].startswith("ldaps"):
            options.append("starttls = true")
        if who is None:
            who = f"bind_dn = '{bind_dn or it.reader}'\nbind_password_file = '{password}'"
        connection = CONNECTION.format(
            servers=", ".join(f'"{uri}"' for uri in servers), who=who, directory="\n".join([*options, directory]))
        sources = sources or SOURCES.format(
            base=base, filter=filter or it.users, first_name=first_name, number=number, last_name=last_name,
            contacts=contacts, contact_filter=contact_filter or it.contacts, narrow=narrow, company=company or it.company)
        rest = REST.format(pbx=self.pbx.port, state=f"{self.folder}/{state}", schedule=schedule)
        self.write("pbxsyncd.toml", connection + sources + rest)

    def command(self, *words, environment=None):
        """Exit status and all that pbxsyncd prints with these words."""
        done = subprocess.run(
            [self.program, "--config", f"{self.folder}/pbxsyncd.toml", *words], capture_output=True, timeout=300,
            env=environment and dict(os.environ, **environment))
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def run(self, *options, environment=None):
        """One run. Its report, with the exit status as `status`."""
        status, output, errors = self.command("--sync-now", "--json", *options, environment=environment)
        try:
            report = json.loads(output)
        except json.JSONDecodeError:
            raise AssertionError(f"exit status {status}: {output}{errors}") from None
        # Without a run there is no more than the error.
        if "summary" not in report:
            raise AssertionError(f"exit status {status}: {report}{errors}")
        return report | {"status": status, "errors": errors}

    def sync(self):
        """One run with the configuration as it is everywhere, and the calls it led to: `updateExt 1001`, sorted."""
        self.configure()
        self.pbx.reset_log()
        report = self.run()
        numbers = [(call["action"], item.get("ExtentionNumber") or item.get("PhoneNumber"))
                   for call in self.pbx.log() for item in call["items"]]
        return report, sorted(f"{action} {number}" for action, number in numbers)

    def look(self, *, environment=None, **configuration):
        """What a first run with another configuration would do: a dry run without a memory."""
        self.configure(state="nothing", **configuration)
        return self.run("--dry-run", environment=environment)

    @contextlib.contextmanager
    def daemon(self, schedule, **configuration):
        """The daemon, while it lasts, once it has made its first run. Gives its log."""
        self.configure(schedule=schedule, **configuration)
        path = f"{self.folder}/daemon.log"
        with open(path, "wb") as log:
            process = subprocess.Popen(
                [self.program, "--config", f"{self.folder}/pbxsyncd.toml", "--debug"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

        def said():
            return open(path, errors="replace").read()

        try:
            eventually(lambda: complete_reads(said()) or process.poll() is not None, said)
            yield said
        finally:
            process.terminate()
            process.wait()

    def extensions(self):
        return {it["ExtentionNumber"]: it for it in self.pbx.state()["extensions"]}
