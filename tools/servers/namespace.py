"""A loopback of one's own: nobody else's bytes are on it, and nobody else's ports."""

import fcntl
import os
import socket
import struct
import subprocess
import sys

MARK = "PBXSYNCD_NAMESPACE"


def enter(script: str = "") -> bool:
    """Starts this program again in a network namespace of its own, after a shell script there. Returns whether it is in one:
    some machines allow none (unshare(1))."""
    if MARK not in os.environ:
        way = ["unshare", "--net", "--mount"] + (["--map-root-user"] if os.geteuid() != 0 else [])
        is_possible = subprocess.run([*way, "true"], capture_output=True).returncode == 0
        os.environ[MARK] = "own" if is_possible else "shared"
        if is_possible:
            os.execvp("unshare", [*way, "--", "sh", "-e", "-c", script + '\nexec "$@"', "sh", *sys.orig_argv])
    if os.environ[MARK] != "own":
        return False
    switch_on()
    return True


def switch_on(name: bytes = b"lo") -> None:
    """As `ip link set lo up`, by the ioctls of netdevice(7)."""
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, get_flags, struct.pack("16sh", name, 0)))[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh", name, flags | up))
