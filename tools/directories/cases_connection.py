"""Ways to reach a directory, and not to reach it."""

from typing import Any

from .. import ldif
from ..servers.certificates import Certificates
from ..servers.family import PEOPLE
from ..servers.server import SUFFIX
from .suite import Stage, case, equal, holds
from .testbed import Report


def reads(stage: Stage, **configuration: Any) -> Report:
    """A look that sees all there is."""
    report = stage.testbed.look(**configuration)
    equal((report["status"], report["complete"]), (2, True), report["error"], report["read"])
    return report


def fails(stage: Stage, status: int, *words: str, **configuration: Any) -> Report:
    """A look that ends with this status and says these words, without a single change."""
    report = stage.testbed.look(**configuration)
    equal((report["status"], report["changes"]), (status, []), report["error"])
    said = "{message}; {remedy}".format(**report["error"])
    for word in words:
        holds(word in said, f"{word!r} isn't in: {said}")
    return report


@case("StartTLS")
def start_tls(stage: Stage) -> None:
    reads(stage, starttls=True)


@case("LDAPS")
def ldaps(stage: Stage) -> None:
    reads(stage, servers=[stage.directory.ldaps], starttls=False)


@case("a certificate of another authority is refused, with LDAPS and with StartTLS")
def wrong_authority(stage: Stage) -> None:
    other = Certificates(f"{stage.testbed.folder}/other").ca
    fails(stage, 69, "ca_file", ca_file=other, servers=[stage.directory.ldaps], starttls=False)
    fails(stage, 69, "ca_file", ca_file=other, starttls=True)


@case("a wrong password")
def wrong_password(stage: Stage) -> None:
    fails(stage, 77, "bind_password_file", password="wrong-password")


@case("a reader who isn't there")
def wrong_reader(stage: Stage) -> None:
    fails(stage, 77, "bind_dn", bind_dn=f"cn=nobody,{SUFFIX}")


@case("a base that isn't there")
def wrong_base(stage: Stage) -> None:
    # 389 Directory Server reports this only to users who may read the entry above; others get an empty result.
    report = stage.testbed.look(base=f"ou=nowhere,{SUFFIX}")
    equal(report["complete"], False, report["read"])
    holds("ou=nowhere" in report["summary"], report["summary"], report["read"])


@case("a filter by an attribute that nobody has finds nobody, and takes nobody away")
def odd_filter(stage: Stage) -> None:
    if stage.directory.schema:
        fails(stage, 78, "noSuchAttribute", filter=f"(&{stage.directory.users}(noSuchAttribute=x))")
        return
    stage.testbed.configure(filter=f"(&{stage.directory.users}(noSuchAttribute=x))")
    report = stage.testbed.run("--dry-run")
    equal([each for each in report["changes"] if each["kind"] == "extension"], [], report["error"])
    equal(report["complete"], False, report["read"])


@case("a canary that isn't there makes the read incomplete, and nobody is removed")
def canary(stage: Stage) -> None:
    dn, number = stage.hire("Canary")
    stage.directory.change(ldif.delete(dn))
    stage.testbed.configure(directory={"canaries": [f"cn=nobody,{PEOPLE}"]})
    report = stage.testbed.run("--dry-run")
    equal((report["complete"], report["changes"]), (False, []), report["error"])
    stage.becomes([f"deleteExt {number}"])


@case("the first server is down: the second answers")
def failover(stage: Stage) -> None:
    down = f"ldap://{stage.directory.host}:{stage.directory.not_listening()}"
    report = reads(stage, servers=[down, stage.directory.uri])
    equal(report["read"]["server"], stage.directory.uri)


@case("the server is down: nobody is removed, and the next run goes on")
def server_down(stage: Stage) -> None:
    dn, number = stage.hire("Down")
    stage.directory.change(ldif.delete(dn))
    stage.directory.stop()
    try:
        report, calls = stage.testbed.sync()
        equal((report["status"], calls), (69, []), report["error"])
    finally:
        stage.directory.restart()
    stage.becomes([f"deleteExt {number}"])


@case("doctor finds all well")
def doctor(stage: Stage) -> None:
    stage.testbed.configure()
    status, output, errors = stage.testbed.command("doctor")
    equal(status, 0, output, errors)


@case("the read report names the server that answered")
def read_report(stage: Stage) -> None:
    read = reads(stage)["read"]
    product = stage.directory.product
    holds((stage.directory.title.split()[0].lower() if product is None else product) in read["vendor"].lower(), read)
