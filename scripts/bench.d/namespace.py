"""A loopback of one's own: nobody else's bytes are on it, and nobody else's ports."""

import fcntl
import os
import socket
import struct
import subprocess
import sys

MARK = "PBXSYNCD_BENCH_NAMESPACE"


def enter():
    """Starts the program anew in a network namespace of its own. Returns whether that could be had (unshare(1))."""
    if MARK not in os.environ:
        way = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
        is_possible = subprocess.run([*way, "true"], capture_output=True).returncode == 0
        os.environ[MARK] = "own" if is_possible else "shared"
        if is_possible:
            os.execvp(way[0], [*way, "--", sys.executable, *sys.argv])
    if os.environ[MARK] != "own":
        return False
    switch_on()
    return True


def switch_on(name=b"lo"):
    """As `ip link set lo up`, by the ioctls of netdevice(7)."""
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as it:
        flags = struct.unpack("16sh", fcntl.ioctl(it, get_flags, struct.pack("16sh", name, 0)))[1]
        fcntl.ioctl(it, set_flags, struct.pack("16sh", name, flags | up))
