"""Installs the package into a Debian 12 that boots under a real systemd, and runs pbxsyncd there as an admin does.

As root; it is skipped, with the reason, where a Debian tree can't boot. The directory and the simulated PBX run outside; the
booted tree shares the loopback with them.
"""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from .. import programs
from ..programs import ROOT
from ..servers.configuration import merged, sections, toml
from ..servers.installation import write_secret
from ..servers.pbx import KEY, PBX
from ..servers.server import ADMIN, PASSWORD, SUFFIX
from ..servers.slapd import Slapd
from .debian import Booted, check, eventually, make_tree, skip

# So many that journald's limit, set low there, would drop most of their events.
CROWD = 3_000

PEOPLE = f"""\
dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,{SUFFIX}
objectClass: organizationalUnit
ou: people

""" + "".join(
    f"dn: uid=p{n},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: P {n}\ngivenName: P{n}\nsn: Muster\n"
    f"telephoneNumber: {1000 + n}\nl: {'Berlin' if n % 2 else 'Hamburg'}\n\n" for n in range(20)) + f"""\
dn: ou=crowd,{SUFFIX}
objectClass: organizationalUnit
ou: crowd

""" + "".join(
    f"dn: uid=c{n},ou=crowd,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: c{n}\ncn: C {n}\ngivenName: C{n}\nsn: Muster\n"
    f"telephoneNumber: {100_000 + n}\n\n" for n in range(CROWD))


def configuration(directory: Slapd, pbx: PBX, unit: str = "people", filter: str = "(objectClass=inetOrgPerson)") -> str:
    return toml(merged(sections([directory.uri], pbx.port, ADMIN), {
        "users": [{
            "base": f"ou={unit},{SUFFIX}", "filter": filter,
            "extension": {"number": "{telephoneNumber}", "first_name": "{givenName}", "last_name": "{sn}"}}],
        "schedule": {"poll": "1s"}}))


def main() -> None:
    if os.geteuid() != 0:
        skip("it needs root")
    for program in ("systemd-nspawn", "mmdebstrap", "nsenter"):
        if not shutil.which(program):
            skip(f"{program} isn't installed")
    # The package is what is tried here. Its program isn't optimised, which would take longer than all that follows.
    if not programs.BUILT:
        subprocess.run([f"{ROOT}/scripts/package", "--debug"], check=True, stdout=subprocess.DEVNULL)
    folder = programs.debug("pbx-simulator")
    package, demo = (max(glob.glob(f"{ROOT}/.build/packages/{name}_*.deb"), key=os.path.getmtime)
                     for name in ("pbxsyncd", "pbxsyncd-demo"))
    make_tree(package)

    if shutil.which("lintian"):
        done = subprocess.run(["lintian", "--fail-on", "error,warning", package, demo], capture_output=True, text=True)
        check("lintian finds no error and no warning", done.returncode == 0, done.stdout)

    share = tempfile.mkdtemp(prefix="pbxsyncd-systemd-")
    directory: Slapd | None = None
    tree: Booted | None = None
    pbxs: dict[str, PBX] = {}
    try:
        directory = Slapd(f"{share}/directory")
        directory.prepare()
        directory.load(PEOPLE)
        directory.restart()
        for name in ("main", "berlin", "hamburg", "crowd"):
            os.makedirs(f"{share}/{name}")
            pbxs[name] = PBX(f"{share}/{name}", folder)
            write_secret(f"{share}/{name}/ldap-password", PASSWORD)
        write_secret(f"{share}/main/pbxsyncd.toml", configuration(directory, pbxs["main"]))
        for city in ("berlin", "hamburg"):
            write_secret(f"{share}/{city}/pbxsyncd.toml", configuration(directory, pbxs[city], filter=f"(l={city})"))
        write_secret(f"{share}/crowd/pbxsyncd.toml", configuration(directory, pbxs["crowd"], unit="crowd"))
        shutil.copy(package, f"{share}/pbxsyncd.deb")
        tree = Booted(share)
        install(tree)
        one_service(tree, directory, pbxs["main"])
        secrets(tree, directory)
        a_directory_that_stands_still(tree, directory)
        bad_input(tree)
        several(tree, directory, pbxs)
        metrics(tree)
        a_crowd(tree, pbxs["crowd"])
        upgrade_and_purge(tree, pbxs["main"])
        demonstration([package, demo])
    finally:
        if tree:
            tree.stop()
        if directory:
            directory.stop()
        for pbx in pbxs.values():
            pbx.stop()
        shutil.rmtree(share, ignore_errors=True)
    print("scripts/test systemd: OK")


# An admin's story, in its chapters.


def numbers(pbx: PBX) -> dict[str, str]:
    return {it["ExtentionNumber"]: it["LastName"] for it in pbx.state()["extensions"]}


def lay_in_place(tree: Booted, name: str, folder: str) -> None:
    tree.says(f"install -d {folder}; for name in ldap-password pbx-key; do install -m 0600 /mnt/{name}/$name {folder}/; done; "
              f"install -m 0644 /mnt/{name}/pbxsyncd.toml {folder}/")


#: The lines of dpkg itself. What else appears is a maintainer script's.
DPKG = re.compile(
    r"Selecting previously unselected package .*|\(Reading database .*|Preparing to unpack .*|Unpacking .*|Setting up .*"
    r"|Removing .*|Purging configuration files .*|Processing triggers for .*")


def dpkg(tree: Booted, command: str) -> None:
    lines = [line for line in re.split(r"[\r\n]+", tree.says(f"dpkg {command}")) if line and not DPKG.fullmatch(line)]
    check(f"the package's scripts print nothing: dpkg {command}", not lines, *lines)


def block(page: str, first: str) -> str:
    """The lines of the indented block of a page in docs that begins so, as an admin copies them."""
    with open(f"{ROOT}/docs/{page}", encoding="utf-8") as file:
        [text] = re.findall(rf"(?m)^    ({re.escape(first)}.*(?:\n    .*)*)", file.read())
    return re.sub(r"(?m)^    ", "", str(text)) + "\n"


def install(tree: Booted) -> None:
    dpkg(tree, "-i /mnt/pbxsyncd.deb")
    check("the sample as shipped is refused, with what to edit",
          "ldap1.example.com is an example" in tree.says("pbxsyncd --check-config", expected=78))
    lay_in_place(tree, "main", "/etc/pbxsyncd")
    tree.says("pbxsyncd --check-config")
    for unit in ("pbxsyncd.service", "pbxsyncd@.service", "pbxsyncd-sync.service"):
        exposure = tree.says(f"systemd-analyze security {unit.replace('@', '@x')} --no-pager | tail -1")
        print(exposure.strip())
        check("the exposure is 1.1 at most", float(re.findall(r"\d+\.\d+", exposure)[0]) <= 1.1)


def one_service(tree: Booted, directory: Slapd, pbx: PBX) -> None:
    tree.says("systemctl enable --now pbxsyncd")
    eventually("the first run has filled the PBX", lambda: len(numbers(pbx)) == 20)
    eventually("systemctl status says what the last run did", lambda: "last run" in tree.property("StatusText"))
    print("STATUS:", tree.property("StatusText"))

    directory.change(f"dn: uid=p1,ou=people,{SUFFIX}\nchangetype: modify\nreplace: sn\nsn: Neu\n\n")
    eventually("a change in the directory reaches the PBX", lambda: numbers(pbx).get("1001") == "Neu")
    eventually("and its event the journal",
               lambda: "PBX_CHANGED" in tree.run("journalctl -t pbxsyncd PBX_ACTION=update -o json --no-pager")[1])
    event = json.loads(tree.says("journalctl -t pbxsyncd PBX_ACTION=update -o json --no-pager | tail -1"))
    wanted = {"PBX_KIND": "extension", "PBX_NUMBER": "1001", "PBX_DN": f"uid=p1,ou=people,{SUFFIX}", "PBX_OUTCOME": "done",
              "PBX_CHANGED": "last_name", "PRIORITY": "5", "_SYSTEMD_UNIT": "pbxsyncd.service"}
    check("it has the fields", wanted.items() <= event.items() and event.get("PBX_RUN") and event.get("PBX_ENTRY"), event)
    explained = tree.says("journalctl -t pbxsyncd PBX_ACTION=update -x --no-pager | tail -20")
    check("journalctl -x explains it, with the event's own number and the next step",
          "The extension 1001 was updated on the PBX" in explained and "No action needed; pbxsyncd why 1001" in explained,
          explained)
    check("no secret is in the journal", all(secret not in tree.run("journalctl -o export")[1] for secret in (KEY, PASSWORD)))

    tree.says("cp /etc/pbxsyncd/pbxsyncd.toml /root/; echo 'nonsense = 1' >> /etc/pbxsyncd/pbxsyncd.toml")
    check("a reload with a broken file fails", tree.run("systemctl reload pbxsyncd")[0] != 0)
    tree.says("systemctl is-active pbxsyncd; cp /root/pbxsyncd.toml /etc/pbxsyncd/pbxsyncd.toml; systemctl reload pbxsyncd; "
              "systemctl is-active pbxsyncd")

    before = tree.property("MainPID")
    requests = pbx.state()["requests"]
    tree.says("systemctl kill -s SIGKILL pbxsyncd")
    eventually("it is started again after SIGKILL", lambda: tree.property("MainPID") not in ("0", before))
    eventually("and settles", lambda: "last run" in tree.property("StatusText"))
    check("with nothing sent twice", pbx.state()["requests"] == requests)

    tree.says("mkdir -p /run/systemd/system/pbxsyncd.service.d; "
              "printf '[Service]\\nWatchdogSec=3s\\nRestartSec=1s\\n' > /run/systemd/system/pbxsyncd.service.d/test.conf; "
              "systemctl daemon-reload; systemctl restart pbxsyncd")
    before = tree.property("MainPID")
    time.sleep(7)
    check("the watchdog leaves a healthy daemon alone", tree.property("MainPID") == before)
    tree.says("systemctl kill -s SIGSTOP pbxsyncd")
    eventually("the watchdog restarts one that stands still", lambda: tree.property("MainPID") not in ("0", before))
    tree.says("rm -r /run/systemd/system/pbxsyncd.service.d; systemctl daemon-reload; systemctl stop pbxsyncd")

    requests = pbx.state()["requests"]
    tree.says("pbxsyncd status | head -1; pbxsyncd ledger backup /root/copy.sqlite; rm /var/lib/pbxsyncd/ledger.sqlite*; "
              "pbxsyncd ledger restore /root/copy.sqlite --yes")
    tree.says("systemctl start pbxsyncd-sync; systemctl restart pbxsyncd; systemctl is-active pbxsyncd")
    check("the one-shot service finds nothing left to do, in a ledger that root restored", pbx.state()["requests"] == requests)


def secrets(tree: Booted, directory: Slapd) -> None:
    """Copies that the service has of them, and a bind that needs none."""
    before = tree.property("MainPID")
    status, _ = tree.run("systemctl start pbxsyncd-sync")
    check("the one-shot service and the daemon take turns", status == 0 and tree.property("MainPID") == before,
          tree.run("systemctl status pbxsyncd-sync pbxsyncd --no-pager -l")[1])
    tree.says("cp /etc/pbxsyncd/ldap-password /root/; pbxsyncd doctor | grep -c \"pbxsyncd's copy of .* up to date\"")
    tree.says("echo renewed > /etc/pbxsyncd/ldap-password")
    renewed = tree.run("pbxsyncd doctor")[1]
    check("doctor finds a secret that the service hasn't read", "Next step: systemctl reload pbxsyncd" in renewed, renewed)
    tree.says("systemctl reload pbxsyncd; cp /root/ldap-password /etc/pbxsyncd/; pbxsyncd doctor | grep 'ok .* another' ; true")
    check("a reload renews the service's copy", "Next step: systemctl reload pbxsyncd" in tree.run("pbxsyncd doctor")[1])
    eventually("a refused password is told with the file and the command",
               lambda: "a new password goes to /etc/pbxsyncd/ldap-password, then: systemctl reload pbxsyncd"
               in tree.run("journalctl -u pbxsyncd -n 40 --no-pager")[1])
    tree.says("systemctl reload pbxsyncd")
    check("and another one, too", "Next step: systemctl reload pbxsyncd" not in tree.run("pbxsyncd doctor")[1])

    tree.says("cp /etc/pbxsyncd/pbx-key /root/; echo renewed > /etc/pbxsyncd/pbx-key")
    renewed = tree.run("pbxsyncd doctor")[1]
    check("doctor finds a key that the service hasn't read", "Next step: systemctl reload pbxsyncd" in renewed, renewed)
    tree.says("pbxsyncd adopt 1002; systemctl reload pbxsyncd")
    directory.change(f"dn: uid=p2,ou=people,{SUFFIX}\nchangetype: modify\nreplace: sn\nsn: Key\n\n")
    eventually("a refused key is told with the file and the command",
               lambda: "/etc/pbxsyncd/pbx-key, then: systemctl reload pbxsyncd"
               in tree.run("journalctl -u pbxsyncd -n 40 --no-pager")[1])
    tree.says("cp /root/pbx-key /etc/pbxsyncd/; systemctl reload pbxsyncd")
    eventually("and the key that is right is used at once", lambda: "last run" in tree.property("StatusText"))

    tree.says("install -m 0600 /dev/null /etc/pbxsyncd/excluded; cp /etc/pbxsyncd/pbxsyncd.toml /root/; "
              "sed -i 's/^filter = .*/&\\nexclude_file = \"excluded\"/' /etc/pbxsyncd/pbxsyncd.toml")
    check("root gets a warning about a file that the service can't read",
          "LoadCredential=excluded:/etc/pbxsyncd/excluded" in tree.says("pbxsyncd --check-config"))
    tree.says("cp /root/pbxsyncd.toml /etc/pbxsyncd/; rm /etc/pbxsyncd/excluded")

    tree.says("systemctl stop pbxsyncd; rm /etc/pbxsyncd/ldap-password")
    check("a password that is needed and missing stops the start", tree.run("systemctl start pbxsyncd")[0] != 0)
    check("and is named", "/etc/pbxsyncd/ldap-password: as the service has it, the secret is empty"
          in tree.run("journalctl -u pbxsyncd -n 20 --no-pager")[1], tree.run("journalctl -u pbxsyncd -n 20 --no-pager")[1])
    tree.says("systemctl stop pbxsyncd; systemctl reset-failed pbxsyncd; sed -i '/^bind_/d' /etc/pbxsyncd/pbxsyncd.toml")
    tree.says("systemctl start pbxsyncd; systemctl is-active pbxsyncd")
    tree.says("systemctl stop pbxsyncd; cp /root/pbxsyncd.toml /root/ldap-password /etc/pbxsyncd/; "
              "chmod 0600 /etc/pbxsyncd/ldap-password; systemctl start pbxsyncd")
    eventually("with the password it is well again", lambda: "last run" in tree.property("StatusText"))


def a_directory_that_stands_still(tree: Booted, directory: Slapd) -> None:
    tree.says("systemctl is-active pbxsyncd")
    for wait in (0, 3):
        directory.signal(signal.SIGSTOP)
        time.sleep(wait)
        begun = time.monotonic()
        tree.says("systemctl stop pbxsyncd")
        took = time.monotonic() - begun
        directory.signal(signal.SIGCONT)
        check(f"a stop takes no longer for a directory that has stood still for {wait} s: {took:.1f} s", took < 15)
        check("and is a clean one", tree.property("Result") == "success" and tree.property("ExecMainStatus") == "0")
        tree.says("systemctl start pbxsyncd")
        eventually("and it goes on", lambda: "last run" in tree.property("StatusText") or "next in" in tree.property("StatusText"))


def bad_input(tree: Booted) -> None:
    """What systemd says to the admin who made a mistake."""
    tree.says("systemctl stop pbxsyncd; mv /etc/pbxsyncd/pbx-key /root/")
    check("a missing credential stops the start", tree.run("systemctl start pbxsyncd")[0] != 0)
    check("and is named", "/etc/pbxsyncd/pbx-key was not met" in tree.run("systemctl status pbxsyncd")[1])
    tree.says("mv /root/pbx-key /etc/pbxsyncd/; chmod 0644 /etc/pbxsyncd/pbx-key")
    check("one that others may read stops it too", tree.run("systemctl start pbxsyncd")[0] != 0)
    check("with the command that fixes it", "chmod o-rwx /etc/pbxsyncd/pbx-key" in tree.run("journalctl -u pbxsyncd -n 20")[1])
    tree.says("chmod 0600 /etc/pbxsyncd/pbx-key; systemctl reset-failed pbxsyncd; systemctl stop pbxsyncd")

    tree.says("mkdir -p /run/systemd/system/pbxsyncd.service.d; "
              "printf '[Service]\\nRestartSec=100ms\\n' > /run/systemd/system/pbxsyncd.service.d/test.conf; "
              "systemctl daemon-reload; echo 'nonsense = 1' >> /etc/pbxsyncd/pbxsyncd.toml")
    check("a wrong configuration stops the start", tree.run("systemctl start pbxsyncd")[0] != 0)
    eventually("which isn't tried for ever", lambda: tree.property("ActiveState") == "failed")
    check("the journal names the line", "nonsense" in tree.says("journalctl -u pbxsyncd -n 60 --no-pager"))
    tree.says("rm -r /run/systemd/system/pbxsyncd.service.d; systemctl daemon-reload; "
              "cp /root/pbxsyncd.toml /etc/pbxsyncd/; systemctl reset-failed pbxsyncd; systemctl start pbxsyncd")


def several(tree: Booted, directory: Slapd, pbxs: dict[str, PBX]) -> None:
    """Two PBXs, one directory."""
    for city in ("berlin", "hamburg"):
        lay_in_place(tree, city, f"/etc/pbxsyncd/{city}")
        tree.says(f"systemctl start pbxsyncd@{city}")
    for city, rest in (("berlin", 1), ("hamburg", 0)):
        own = {str(1000 + n) for n in range(20) if n % 2 == rest}
        eventually(f"{city} has its people and no others", lambda: set(numbers(pbxs[city])) == own)
    tree.says("test -e /var/lib/pbxsyncd-berlin/ledger.sqlite; test -e /var/lib/pbxsyncd-hamburg/ledger.sqlite")
    requests = pbxs["hamburg"].state()["requests"]
    directory.change(f"dn: uid=p3,ou=people,{SUFFIX}\nchangetype: modify\nreplace: sn\nsn: Umgezogen\n\n")
    eventually("a change reaches the right PBX", lambda: numbers(pbxs["berlin"]).get("1003") == "Umgezogen")
    check("and no other", pbxs["hamburg"].state()["requests"] == requests)
    check("a command finds the instance's ledger by its configuration",
          "10 managed" in tree.says("pbxsyncd --config /etc/pbxsyncd/berlin/pbxsyncd.toml status"))
    tree.says("systemctl stop pbxsyncd@berlin pbxsyncd@hamburg; rm -r /etc/pbxsyncd/berlin /etc/pbxsyncd/hamburg")


def a_crowd(tree: Booted, pbx: PBX) -> None:
    """Each of some thousand adds is an event, though journald would take a few hundred."""
    lay_in_place(tree, "crowd", "/etc/pbxsyncd/crowd")
    tree.says("mkdir -p /etc/systemd/journald.conf.d; "
              "printf '[Journal]\\nRateLimitIntervalSec=10min\\nRateLimitBurst=100\\nSystemMaxUse=1G\\nRuntimeMaxUse=1G\\n' "
              "> /etc/systemd/journald.conf.d/test.conf; systemctl restart systemd-journald; systemctl start pbxsyncd@crowd")
    eventually(f"{CROWD} people are on the PBX", lambda: len(numbers(pbx)) == CROWD)
    eventually("the run is over", lambda: "last run" in tree.property("StatusText", "pbxsyncd@crowd"))
    events = tree.says("journalctl --sync; journalctl -u pbxsyncd@crowd PBX_ACTION=add -o cat --output-fields=PBX_NUMBER "
                       "--no-pager -q | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c").split()
    check("each is in the journal once", events == [str(CROWD), "1"], events)
    tree.says("systemctl stop pbxsyncd@crowd; rm -r /etc/pbxsyncd/crowd")


def metrics(tree: Booted) -> None:
    """The group and the drop-in of docs/monitoring.md, as they are there."""
    folder = "/var/lib/prometheus/node-exporter"
    tree.says(f"mkdir -p {folder}; cp /etc/pbxsyncd/pbxsyncd.toml /root/")
    with open(f"{tree.share}/metrics.toml", "w") as file:
        file.write("\n" + block("monitoring.md", "[metrics]"))
    with open(f"{tree.share}/metrics.sh", "w") as file:
        file.write(block("monitoring.md", "sudo groupadd").replace("sudo ", ""))
    with open(f"{tree.share}/metrics.conf", "w") as file:
        file.write(block("monitoring.md", "[Service]"))
    tree.says("cat /mnt/metrics.toml >> /etc/pbxsyncd/pbxsyncd.toml; systemctl restart pbxsyncd")
    eventually("without the drop-in an event says so",
               lambda: "The metrics couldn't be written to" in tree.run("journalctl -u pbxsyncd -n 40 --no-pager")[1])
    tree.says("sh -e /mnt/metrics.sh; mkdir -p /etc/systemd/system/pbxsyncd.service.d; "
              "cp /mnt/metrics.conf /etc/systemd/system/pbxsyncd.service.d/; systemctl daemon-reload")
    tree.says(block("monitoring.md", "sudo systemctl restart").replace("sudo ", "").replace("\n", "; "))
    eventually("with it the metrics are written", lambda: tree.run(f"test -s {folder}/pbxsyncd.prom")[0] == 0)
    check("and node_exporter's user can read them",
          "pbxsyncd_objects" in tree.says(f"setpriv --reuid=65534 --regid=65534 --clear-groups cat {folder}/pbxsyncd.prom"))
    tree.says("rm -r /etc/systemd/system/pbxsyncd.service.d; cp /root/pbxsyncd.toml /etc/pbxsyncd/; systemctl daemon-reload; "
              "systemctl restart pbxsyncd")


def upgrade_and_purge(tree: Booted, pbx: PBX) -> None:
    lay_in_place(tree, "berlin", "/etc/pbxsyncd/berlin")
    # It may go on from the position that it saved when it was stopped, without a run.
    tree.says("systemctl start pbxsyncd@berlin; systemctl kill -s USR1 pbxsyncd@berlin; systemctl stop pbxsyncd-sync.timer")
    eventually("the instance's run is over", lambda: "last run" in tree.property("StatusText", "pbxsyncd@berlin"))
    requests = pbx.state()["requests"]
    before = [tree.property("MainPID", unit) for unit in ("pbxsyncd", "pbxsyncd@berlin")]
    dpkg(tree, "-i /mnt/pbxsyncd.deb")
    tree.says("pbxsyncd ledger verify; systemctl is-active pbxsyncd pbxsyncd@berlin; ! systemctl is-active -q pbxsyncd-sync.timer")
    after = [tree.property("MainPID", unit) for unit in ("pbxsyncd", "pbxsyncd@berlin")]
    check("an upgrade restarts what ran", "0" not in after and not set(before) & set(after), before, after)
    check("with the units of the new version", tree.property("NeedDaemonReload") == "no")
    check("an upgrade keeps the ledger", "1001" in tree.says("pbxsyncd ledger export") and pbx.state()["requests"] == requests)
    tree.says("systemctl stop pbxsyncd")
    dpkg(tree, "-i /mnt/pbxsyncd.deb")
    check("and starts nothing that was stopped", tree.property("ActiveState") == "inactive")
    tree.says("systemctl start pbxsyncd")
    dpkg(tree, "--remove pbxsyncd")
    tree.says("test -e /var/lib/pbxsyncd/ledger.sqlite; ! systemctl is-active -q pbxsyncd pbxsyncd@berlin")
    tree.says("rm -r /etc/pbxsyncd/berlin")
    dpkg(tree, "--purge pbxsyncd")
    tree.says("! test -e /var/lib/pbxsyncd; ! test -e /var/lib/private/pbxsyncd-berlin; ! test -e /etc/pbxsyncd")


def demonstration(packages: list[str]) -> None:
    """pbxsyncd-demo as unpacked: the booted tree has neither slapd nor Python."""
    with tempfile.TemporaryDirectory(prefix="pbxsyncd-unpacked-") as folder:
        for package in packages:
            subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        done = subprocess.run([f"{folder}/usr/bin/pbxsyncd-demo"], capture_output=True, text=True, cwd="/")
        check("the demonstration runs to its end from the package",
              done.returncode == 0 and "nothing is left behind" in done.stdout, done.stdout[-2000:], done.stderr)


if __name__ == "__main__":
    main()
