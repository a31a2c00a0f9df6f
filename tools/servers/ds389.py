"""389 Directory Server, in folders of its own: nothing of the host's own installation is touched."""

import os
import re
import subprocess

from .. import ldif
from .certificates import Certificates
from .family import UNITS, Family
from .server import PASSWORD, SUFFIX, free_port

DEFAULTS = "/usr/share/dirsrv/inf/defaults.inf"

#: Where things lie that are elsewhere in a real installation.
PLACES = {
    "initconfig_dir": "default", "config_dir": "etc/dirsrv/slapd-{instance_name}", "local_state_dir": "var",
    "run_dir": "run", "ldapi": "run/ldapi", "pid_file": "run/pid", "inst_dir": "inst", "tmpfiles_d": "tmpfiles",
    "schema_dir": "etc/dirsrv/slapd-{instance_name}/schema", "cert_dir": "etc/dirsrv/slapd-{instance_name}",
    "lock_dir": "lock", "log_dir": "log", "access_log": "log/access", "audit_log": "log/audit",
    "error_log": "log/errors", "security_log": "log/security", "db_dir": "db", "db_home_dir": "home",
    "backup_dir": "bak", "ldif_dir": "ldif"}

ANSWERS = """\
[general]
systemd = False
selinux = False
strict_host_checking = False
full_machine_name = localhost
start = True
[slapd]
instance_name = test
port = {port}
secure_port = {tls_port}
root_password = {password}
self_sign_cert = True
[backend-userroot]
suffix = {suffix}
create_suffix_entry = True
"""


class DirectoryServer389(Family):
    name = "389ds"
    title = "389 Directory Server"
    packages = ["389-ds-base", "ldap-utils"]

    admin = "cn=Directory Manager"
    identity = "nsUniqueId"

    def start(self) -> None:
        self.port, self.tls_port = free_port(), free_port()
        certificates = Certificates(f"{self.folder}/tls")
        certificate, key = certificates.sign("server", "/CN=localhost")
        self.ca_file = certificates.ca
        with open(DEFAULTS) as file:
            defaults = file.read().replace("with_systemd = 1", "with_systemd = 0")
        for what, place in PLACES.items():
            defaults = re.sub(rf"(?m)^{what} = .*$", f"{what} = {self.folder}/{place}", defaults)
        self.write("share/dirsrv/inf/defaults.inf", defaults)
        for name in ("etc/dirsrv", "default", "tmpfiles", "run", "log", "var"):
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        answers = self.write(
            "answers.inf",
            ANSWERS.format(port=self.port, tls_port=self.tls_port, password=PASSWORD, suffix=SUFFIX), 0o600)
        # lib389 looks for its defaults below PREFIX.
        self.environment = dict(os.environ, PREFIX=self.folder)
        self.run("dscreate", "from-file", answers)
        self.change(
            ldif.replace("cn=MemberOf Plugin,cn=plugins,cn=config", **{
                "nsslapd-pluginEnabled": "on", "memberOfAllBackends": "on", "memberOfGroupAttr": "member"}))
        self.stop()
        self.run("dsctl", "test", "tls", "import-ca", self.ca_file, "Test authority")
        self.run("dsctl", "test", "tls", "import-server-key-cert", certificate, key)
        self.restart()
        for dn in (self.reader, self.limited):
            self.change(ldif.add(
                dn, {"objectClass": ["person", "simpleSecurityObject"], "sn": "reader", "userPassword": PASSWORD}))
        self.change(ldif.modify(self.reader, *(("replace", name, "-1") for name in LIMITS)))
        self.change(ldif.modify(self.limited, ("replace", "nsSizeLimit", "3"), ("replace", "nsPagedSizeLimit", "3")))
        self.fill()
        for name in UNITS:
            self.show(f"ou={name},{SUFFIX}")

    def show(self, dn: str) -> None:
        rights = (
            f'(targetattr = "* || nsAccountLock || nsRole || nsUniqueId")(version 3.0; acl "pbxsyncd reads"; '
            f'allow (read, search, compare) (userdn = "ldap:///{self.reader}" or userdn = "ldap:///{self.limited}");)')
        self.change(ldif.modify(dn, ("add", "aci", rights)))

    def run(self, *words: str) -> None:
        done = subprocess.run(words, capture_output=True, env=self.environment)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout.decode()}{done.stderr.decode()}")

    def restart(self) -> None:
        self.stop()
        self.spawn("/usr/sbin/ns-slapd", "-D", f"{self.folder}/etc/dirsrv/slapd-test", "-i", f"{self.folder}/run/pid",
                   "-d", "0")

    def stop(self) -> None:
        super().stop()
        # The one that dscreate started.
        if os.path.exists(pid := f"{self.folder}/run/pid"):
            subprocess.run(["dsctl", "test", "stop"], capture_output=True, env=self.environment)
            if os.path.exists(pid):
                os.unlink(pid)

    def disable(self, dn: str) -> str:
        return ldif.replace(dn, nsAccountLock="true")

    def enable(self, dn: str) -> str:
        return ldif.replace(dn, nsAccountLock=None)

    def lock_out(self, dn: str) -> None:
        """As after too many wrong passwords."""
        self.change(ldif.replace(dn, accountUnlockTime="20991231235959Z", passwordRetryCount="3"))


#: What a bind may read: without them the server's own limits hold, 2,000 entries.
LIMITS = ["nsSizeLimit", "nsLookThroughLimit", "nsIDListScanLimit", "nsPagedSizeLimit", "nsPagedLookThroughLimit",
          "nsPagedIDListScanLimit"]
