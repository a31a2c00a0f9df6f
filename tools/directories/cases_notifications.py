"""Change notifications: the daemon polls so seldom that each change on the PBX comes from a notification."""

from collections.abc import Callable
from typing import Any

from .. import ldif
from ..servers.family import OUTSIDE, PEOPLE
from ..servers.pbx import JSON
from .suite import Stage, case, equal, holds
from .testbed import complete_reads, eventually

RARELY = {"poll": "1h"}


def reaches(
    stage: Stage, said: Callable[[], str], number: int, condition: Callable[[JSON], bool], *changes: str
) -> None:
    """After these changes the PBX has an extension like that, without another complete read."""
    stage.directory.change(*changes)
    eventually(
        lambda: (it := stage.testbed.extensions().get(str(number))) is not None and condition(it),
        lambda: f"{stage.testbed.extensions().get(str(number))}; {said()[-2000:]}")
    equal(complete_reads(said()), 1, said())


@case("the server is listened to, and a new name reaches the PBX at once", needs="tells")
def changed_name(stage: Stage) -> None:
    dn, number = stage.hire("Bell")
    with stage.testbed.daemon(RARELY) as (_, said):
        holds("Receiving change notifications from" in said(), said())
        reaches(stage, said, number, lambda it: it["LastName"] == "Neu", ldif.replace(dn, sn="Neu"))


@case("a new person reaches the PBX at once, and so does a person who moves in", needs="tells")
def newcomers(stage: Stage) -> None:
    outside, number_outside = next_person(stage, "Bell mover", parent=OUTSIDE)
    stage.directory.change(outside[1])
    (dn, ldif_new), number = next_person(stage, "Newcomer")
    with stage.testbed.daemon(RARELY) as (_, said):
        reaches(stage, said, number, lambda it: it["FirstName"] == "Newcomer", ldif_new)
        reaches(stage, said, number_outside, lambda it: True, ldif.rename(outside[0], "cn=Bell mover", PEOPLE))


@case("a rename is received, and changes nothing on the PBX", needs="tells")
def renamed(stage: Stage) -> None:
    dn, number = stage.hire("Rename")
    other, other_number = stage.hire("Witness")
    with stage.testbed.daemon(RARELY) as (_, said):
        stage.testbed.pbx.reset_log()
        stage.directory.change(ldif.rename(dn, "cn=Renamed at once"))
        reaches(stage, said, other_number, lambda it: it["LastName"] == "Neu", ldif.replace(other, sn="Neu"))
        calls = [call["action"] for call in stage.testbed.pbx.log()]
        holds(calls.count("updateExt") <= (2 if stage.directory.name == "samba" else 1), calls, said())


@case("a leaver is removed by a complete read at the next poll, not by a notification", needs="tells")
def leaver(stage: Stage) -> None:
    dn, number = stage.hire("Leaver")
    other, other_number = stage.hire("Stayer")
    with stage.testbed.daemon(RARELY) as (_, said):
        stage.directory.change(ldif.delete(dn))
        reaches(stage, said, other_number, lambda it: it["LastName"] == "Neu", ldif.replace(other, sn="Neu"))
        holds(str(number) in stage.testbed.extensions(), "it is gone already")
    with stage.testbed.daemon({"poll": "1s"}) as (_, said):
        eventually(lambda: str(number) not in stage.testbed.extensions(), said)


@case("a server that was away is listened to again", needs="tells")
def away(stage: Stage) -> None:
    dn, number = stage.hire("Away")
    with stage.testbed.daemon({"poll": "1s"}) as (_, said):
        stage.directory.stop()
        stage.directory.restart()
        eventually(lambda: said().count("Receiving change notifications") == 2, said)
        stage.directory.change(ldif.replace(dn, sn="Neu"))
        eventually(lambda: stage.testbed.extensions()[str(number)]["LastName"] == "Neu", said)


def next_person(stage: Stage, name: str, **where: Any) -> tuple[tuple[str, str], int]:
    number = next(stage.numbers)
    return stage.directory.person(name, number, **where), number
