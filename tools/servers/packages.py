"""Debian packages that a directory needs."""

import os
import subprocess

POLICY = "/usr/sbin/policy-rc.d"


def is_installed(package: str) -> bool:
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True)
    return done.stdout == "installed"


def install(packages: list[str]) -> list[str]:
    """Installs them as root. Returns those that are missing still."""
    missing = [name for name in packages if not is_installed(name)]
    if not missing or os.geteuid() != 0:
        return missing
    print(f"Installing {' '.join(missing)}", flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    # Nobody asked for a directory of the host's own (invoke-rc.d(8)).
    is_ours = not os.path.exists(POLICY)
    if is_ours:
        with open(os.open(POLICY, os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write("#!/bin/sh\nexit 101\n")
    try:
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *words], env=environment, stdout=subprocess.DEVNULL)
    finally:
        if is_ours:
            os.unlink(POLICY)
    return [name for name in missing if not is_installed(name)]
