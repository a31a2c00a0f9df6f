"""Names and values of every shape."""

from .. import ldif
from ..servers.pbx import JSON
from .suite import Stage, case, equal, holds

NAMES = {
    "a comma": "Muster, Anna", "a quote and a backslash": 'Anna "the\\boss" Muster', "an umlaut": "Jürgen Groß-Łęcki",
    "a plus and an equals sign": "Anna + Otto = Paar", "a hash in front": "#1 Anna", "brackets": "Anna <(*)> Muster;",
}

for what, name in NAMES.items():
    def named(stage: Stage, name: str = name) -> None:
        dn, number = stage.hire(name)
        stage.becomes([f"updateExt {number}"], ldif.replace(dn, sn="Neu"))
        status, output, errors = stage.testbed.command("why", str(number))
        holds(status == 0 and f"{number}" in output, output, errors)
        # As a canary: read by exactly the name that the admin would write.
        report = stage.testbed.look(directory={"canaries": [dn]})
        equal((report["read"]["canaries_seen"], report["complete"]), (1, True), report["read"])
        stage.becomes([f"deleteExt {number}"], ldif.delete(dn))
    case(f"an entry with {what} in its DN")(named)


@case("the id is the one that the directory's own tools show")
def identity(stage: Stage) -> None:
    dn, number = stage.hire("Identity")
    stage.testbed.configure()
    known = stage.directory.known_id(dn)
    status, output, errors = stage.testbed.command("ledger", "export")
    holds(status == 0 and known in output, f"{known} isn't in", output, errors)


@case("a value that is binary is named, and what is there stays")
def binary(stage: Stage) -> None:
    dn, number = stage.hire("Binary")
    problem = misread(stage, ldif.replace(dn, audio=b"\xff\xd8\x00\x01\xfe"), "{audio ?? sn}")
    holds("audio" in problem["attribute"], problem)
    stage.becomes([], ldif.delete(dn), stage.directory.person("Binary", number)[1])


@case("invalid UTF-8 is named, and what is there stays")
def invalid(stage: Stage) -> None:
    dn, number = stage.hire("Invalid")
    problem = misread(stage, ldif.replace(dn, audio=b"Caf\xe9"), "{audio ?? sn}")
    holds("audio" in problem["attribute"], problem)
    stage.becomes([], ldif.delete(dn), stage.directory.person("Invalid", number)[1])


def misread(stage: Stage, change: str, last_name: str) -> JSON:
    """The one problem of a look with another template for the last name."""
    stage.directory.change(change)
    report = stage.testbed.look(last_name=last_name)
    equal((len(report["problems"]), report["complete"]), (1, True), report["problems"], report["error"])
    return report["problems"][0]


@case("invalid UTF-8 in a text attribute, if the server takes it")
def invalid_text(stage: Stage) -> None:
    dn, number = stage.hire("Invalid text")
    if not stage.directory.allows(ldif.replace(dn, sn=b"Caf\xe9")):
        return
    problem = stage.troubles()
    holds("sn" in problem["attribute"], problem)
    stage.becomes([f"deleteExt {number}"], ldif.delete(dn))


@case("an empty name is named, and what is there stays")
def empty(stage: Stage) -> None:
    dn, number = stage.hire("Empty")
    # Not every server takes an empty value.
    if not stage.directory.allows(ldif.replace(dn, givenName="")):
        stage.directory.change(ldif.replace(dn, givenName=None))
    problem = stage.troubles()
    holds("givenName" in problem["attribute"], problem)
    stage.becomes([], ldif.replace(dn, givenName="Empty"))


@case("a value of 60 kB")
def long(stage: Stage) -> None:
    dn, number = stage.hire("Long")
    stage.directory.change(ldif.replace(dn, audio="Zoë" + "x" * 60_000))
    report = stage.testbed.look(last_name="{audio ?? sn | first 4}")
    names = {each["number"]: each["fields"] for each in report["changes"] if each["kind"] == "extension"}
    holds(any(field["new"] == "Zoëx" for field in names[str(number)]), names[str(number)], report["problems"])
    stage.becomes([], ldif.replace(dn, audio=None))


@case("a value too long for a field is named")
def too_long(stage: Stage) -> None:
    dn, number = stage.hire("Too long")
    problem = misread(stage, ldif.replace(dn, audio="x" * 300), "{audio ?? sn}")
    holds("255" in problem["reason"] + problem["remedy"], problem)
    stage.becomes([], ldif.replace(dn, audio=None))
