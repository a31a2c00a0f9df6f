"""Where a directory can run: with its packages installed, and where its ports are free."""

import atexit
import os
import tempfile

from . import namespace
from .family import Family
from .packages import install

Families = dict[str, type[Family]]

#: Samba's own ports begin at 49152: what asks for any free port gets one below. Kerberos wants a name for each host, and
#: resolv.conf leads nowhere from there.
SCRIPT = """
mount --bind "$PBXSYNCD_HOSTS" /etc/hosts
echo 20000 40000 > /proc/sys/net/ipv4/ip_local_port_range
"""


def prepare(families: Families) -> dict[str, str]:
    """Installs what the families need, and goes on in a network namespace of its own where Samba is one of them.

    Returns why some of them can't run here, by their names.
    """
    if "PBXSYNCD_SKIPPED" not in os.environ:
        reasons = {name: reason_to_skip(family) for name, family in families.items()}
        os.environ["PBXSYNCD_SKIPPED"] = "\n".join(f"{name}: {reason}" for name, reason in reasons.items() if reason)
        with tempfile.NamedTemporaryFile("w", delete=False) as hosts:
            os.chmod(hosts.name, 0o644)
            hosts.write("127.0.0.1 localhost\n127.0.0.1 dc.example.com bound.example.com\n")
        os.environ["PBXSYNCD_HOSTS"] = hosts.name
    skipped = dict(line.split(": ", 1) for line in os.environ["PBXSYNCD_SKIPPED"].splitlines())
    if "samba" in families and "samba" not in skipped and not namespace.enter(SCRIPT):
        skipped["samba"] = "no network namespace can be made"
    atexit.register(os.unlink, os.environ["PBXSYNCD_HOSTS"])
    return skipped


def reason_to_skip(family: type[Family]) -> str | None:
    if family.needs_root and os.geteuid() != 0:
        return "it needs root"
    missing = install(family.packages)
    return f"{' '.join(missing)} isn't installed" if missing else None
