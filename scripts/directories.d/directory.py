"""What the directories have in common: how they are changed, searched and filled."""

import os
import shutil
import socket
import subprocess
import tempfile
import time

import ldif

SUFFIX = "dc=example,dc=com"
PASSWORD = "Secret-that-nobody-sees-1"
UNITS = ["people", "partners", "groups", "outside", "crowd"]
PEOPLE, PARTNERS, GROUPS, OUTSIDE, CROWD = (f"ou={name},{SUFFIX}" for name in UNITS)
SALES = f"ou=sales,{PEOPLE}"


class Refused(Exception):
    """The server doesn't take a change."""


class Directory:
    """One server, started for real on the loopback, with a reader for pbxsyncd and an admin for the tests.

    A family adds: `start`, `admin`, `reader`, `ca_file`, the ports, and what a person, a group, a contact and a
    disabled account look like there.
    """

    #: By its address: "localhost" is what libldap takes for the host's own name when it compares it with a certificate.
    host = "127.0.0.1"
    #: Whether pbxsyncd and the tests encrypt by StartTLS: for servers that take no password without.
    starttls = False
    #: Whether it has pages, keeps memberOf, has groups follow renames, and tells of changes.
    pages = memberof = refint = tells = True
    #: A part of what it says that it is; the first word of its title where there is none.
    product = None
    #: Whether it shows which attributes there are.
    schema = True
    #: The template of a contact's company.
    company = "{o}"
    #: What a first run makes of those who are there from the beginning.
    first_calls = ["addExt 1000", "addPhonebook 49405551"]
    #: What pbxsyncd must be told of it.
    options = []
    #: The filters of people, of contacts, and of the five thousand.
    users = contacts = crowd = "(objectClass=inetOrgPerson)"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="pbxsyncd-directory-")
        os.chmod(self.folder, 0o755)
        self.process = None

    @property
    def uri(self):
        return f"ldap://{self.host}:{self.port}"

    @property
    def ldaps(self):
        return f"ldaps://{self.host}:{self.tls_port}"

    # Starting and stopping

    def spawn(self, *words, environment=None):
        """Runs the server until `stop`; returns when its port answers."""
        log = open(f"{self.folder}/server.log", "a")
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.wait()

    def wait(self, seconds=60):
        end = time.time() + seconds
        while self.tool("ldapsearch", "-s", "base", "-b", "", "1.1", bind=None).returncode:
            if time.time() > end or (self.process and self.process.poll() is not None):
                log = open(f"{self.folder}/server.log").read()[-2000:]
                raise RuntimeError(f"{self.name} doesn't answer\n{log}")
            time.sleep(0.1)

    def stop(self):
        """At once: a test has nothing to lose."""
        if self.process:
            try:
                os.killpg(self.process.pid, 9)
            except ProcessLookupError:
                pass
            self.process.wait()
        self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text, mode=0o644):
        path = f"{self.folder}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "w") as file:
            file.write(text)
        return path

    # Changing and searching

    def tool(self, program, *words, bind="admin", password=PASSWORD, input=""):
        """One of ldap-utils. `bind` is `admin`, `reader` or a DN."""
        who = [] if bind is None else ["-D", getattr(self, bind, bind), "-w", password]
        tls = ["-ZZ"] if self.starttls and bind is not None else []
        environment = dict(os.environ, LDAPTLS_CACERT=self.ca_file)
        return subprocess.run(
            [program, "-x", "-H", self.uri, *tls, *who, *words], input=input.encode(), capture_output=True,
            env=environment, timeout=1200)

    def change(self, *changes):
        done = self.tool("ldapmodify", input="".join(changes))
        if done.returncode:
            raise Refused(f"{done.stderr.decode().strip()}: {''.join(changes)[:400]}")

    def allows(self, change):
        """Makes a change that not every server takes."""
        try:
            self.change(change)
        except Refused:
            return False
        return True

    def read(self, dn, attribute):
        """The values of one attribute, as ldapsearch prints them."""
        done = self.tool(
            "ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", dn, "(objectClass=*)", attribute)
        rows = [row.split(":", 1) for row in done.stdout.decode().splitlines() if ":" in row]
        return [value.strip() for name, value in rows if name.lower() == attribute.lower()]

    def known_id(self, dn):
        """The immutable id of an entry, as the family's own tools show it."""
        return self.read(dn, self.identity)[0].lower()

    def fill(self):
        """The units, an entry of each kind that is always there, and the reader, which a family may need to make by itself."""
        units = "".join(ldif.add(f"ou={name},{SUFFIX}", {"objectClass": "organizationalUnit"}) for name in UNITS)
        self.change(units, ldif.add(SALES, {"objectClass": "organizationalUnit"}))
        self.change(self.person("Anchor", 1000)[1], self.partner("Fjord", "+49 40 555 1")[1])

    def show(self, dn):
        """Lets the reader see a part of the directory, where not all is open to him."""

    # What entries look like

    def person(self, name, number, parent=PEOPLE, **more):
        """The DN and the LDIF of somebody with an extension."""
        attributes = {
            "objectClass": "inetOrgPerson", "uid": f"u{number}", "givenName": name, "sn": "Muster",
            "mail": f"u{number}@example.com", "telephoneNumber": f"+49 30 9018 {number}"}
        dn = f"cn={ldif.escaped(name)},{parent}"
        return dn, ldif.add(dn, attributes | {"cn": name} | more)

    def partner(self, name, number, **more):
        dn = f"cn={ldif.escaped(name)},{PARTNERS}"
        attributes = {
            "objectClass": "inetOrgPerson", "cn": name, "givenName": name, "sn": "Extern", "o": "Fjord",
            "telephoneNumber": number}
        return dn, ldif.add(dn, attributes | more)

    def one_of_crowd(self, name, number):
        return ldif.add(f"cn={name},{CROWD}", {
            "objectClass": "inetOrgPerson", "givenName": name, "sn": "Crowd", "telephoneNumber": number})

    def group(self, name, members=()):
        dn = f"cn={name},{GROUPS}"
        # A groupOfNames is never empty (RFC 4519, section 3.5).
        names = list(members) or [f"cn=Anchor,{PEOPLE}"]
        return dn, ldif.add(dn, {"objectClass": "groupOfNames", "cn": name, "member": names})

    def disable(self, dn):
        """slapo-ppolicy(5): locked for good, by an admin. Families with a switch of their own have theirs."""
        return ldif.replace(dn, pwdAccountLockedTime="000001010000Z")

    def enable(self, dn):
        return ldif.replace(dn, pwdAccountLockedTime=None)

    def lock_out(self, dn):
        """As after too many wrong passwords."""
        self.change(ldif.replace(dn, pwdAccountLockedTime="20260101000000Z"))

    def expire(self, dn):
        """An account that ended yesterday."""
        return ldif.modify(
            dn, ("add", "objectClass", "shadowAccount"), ("add", "shadowExpire", int(time.time()) // 86400 - 1))

    def not_listening(self):
        """A port on which nothing answers."""
        with socket.socket() as it:
            it.bind(("127.0.0.1", 0))
            return it.getsockname()[1]
