"""Where a directory can run: with its packages installed, and where its ports are free."""

import atexit
import os
import subprocess
import sys
import tempfile

from packages import install


def prepare(families, program):
    """Installs what the families need, and goes on in a network namespace of its own where one of them wants that.

    Returns why some of them can't run here, by their names.
    """
    if "PBXSYNCD_ISOLATED" not in os.environ:
        skipped = {name: reason for name, family in families.items() if (reason := reason_to_skip(family))}
        os.environ["PBXSYNCD_SKIPPED"] = "\n".join(f"{name}: {reason}" for name, reason in skipped.items())
        if "samba" in families and "samba" not in skipped and not isolate(program):
            os.environ["PBXSYNCD_SKIPPED"] += "\nsamba: no network namespace can be made"
    if hosts := os.environ.get("PBXSYNCD_HOSTS"):
        atexit.register(os.unlink, hosts)
    return dict(line.split(": ", 1) for line in os.environ["PBXSYNCD_SKIPPED"].splitlines() if line)


def reason_to_skip(family):
    if family.needs_root and os.geteuid() != 0:
        return "it needs root"
    missing = install(family.packages)
    return f"{' '.join(missing)} isn't installed" if missing else None


def isolate(program):
    """Once more in a network namespace of its own, where ports that are taken here are free."""
    done = subprocess.run(["unshare", "-nm", "true"], capture_output=True)
    if done.returncode:
        return False
    os.environ["PBXSYNCD_ISOLATED"] = "1"
    # Samba's own ports begin at 49152: what asks for any free port gets one below.
    # Kerberos wants a name for each host, and resolv.conf leads nowhere from there.
    with tempfile.NamedTemporaryFile("w", delete=False) as hosts:
        os.chmod(hosts.name, 0o644)
        hosts.write("127.0.0.1 localhost\n127.0.0.1 dc.example.com bound.example.com\n")
    os.environ["PBXSYNCD_HOSTS"] = hosts.name
    script = """
        mount --bind "$PBXSYNCD_HOSTS" /etc/hosts
        ip link set lo up
        echo 20000 40000 > /proc/sys/net/ipv4/ip_local_port_range
        exec "$@"
        """
    os.execvp("unshare", ["unshare", "-nm", "--", "sh", "-c", script, "sh", sys.executable, program, *sys.argv[1:]])
