"""People come, change and go."""

from .. import ldif
from ..servers.family import OUTSIDE, PEOPLE, SALES
from .suite import Stage, case, equal, holds


@case("a first run brings everybody, a second makes no call")
def first(stage: Stage) -> None:
    stage.becomes(stage.directory.first_calls)
    stage.becomes([])
    equal(stage.testbed.extensions()["1000"]["FirstName"], "Anchor")


@case("a new entry is an extension")
def create(stage: Stage) -> None:
    dn, number = stage.hire("Create")
    equal(stage.testbed.extensions()[str(number)]["LastName"], "Muster")


for attribute, value, sent in [
    ("givenName", "Żółta", "Żółta"), ("sn", "O'Brien-Łęcki", "O'Brien-Łęcki"),
    ("mail", "new@example.com", "new@example.com"), ("mobile", "+49 171 5550", "491715550"),
]:
    def change(stage: Stage, attribute: str = attribute, value: str = value, sent: str = sent) -> None:
        dn, number = stage.hire(f"Change {attribute}")
        stage.becomes([f"updateExt {number}"], ldif.replace(dn, **{attribute: value}))
        shown = {name.lower(): each for name, each in stage.testbed.extensions()[str(number)].items()}
        holds(sent in shown.values(), f"{sent} isn't in {shown}")
        stage.becomes([])
    case(f"a change of {attribute} is an update")(change)


@case("an attribute that goes empties its field")
def attribute_goes(stage: Stage) -> None:
    dn, number = stage.hire("Attribute goes", mobile="+49 171 5551")
    stage.becomes([f"updateExt {number}"], ldif.replace(dn, mobile=None))


@case("another number is another extension")
def renumber(stage: Stage) -> None:
    dn, number = stage.hire("Renumber")
    stage.becomes(
        ["addExt 2001", f"deleteExt {number}"], ldif.replace(dn, telephoneNumber="+49 30 9018 2001"))


@case("two people who swap their numbers are two updates")
def swap(stage: Stage) -> None:
    (first, one), (second, two) = stage.hire("Swap A"), stage.hire("Swap B")
    stage.becomes(
        [f"updateExt {one}", f"updateExt {two}"], ldif.replace(first, telephoneNumber=f"+49 30 9018 {two}"),
        ldif.replace(second, telephoneNumber=f"+49 30 9018 {one}"))


@case("another name of the entry changes nothing")
def rename(stage: Stage) -> None:
    dn, number = stage.hire("Rename")
    stage.becomes([], ldif.rename(dn, "cn=Renamed"))
    stage.becomes([f"updateExt {number}"], ldif.replace(f"cn=Renamed,{PEOPLE}", sn="Married"))


@case("a move within the base changes nothing")
def move_within(stage: Stage) -> None:
    dn, _ = stage.hire("Within")
    stage.becomes([], ldif.rename(dn, "cn=Within", SALES))
    stage.becomes([], ldif.rename(f"cn=Within,{SALES}", "cn=Elsewhere", PEOPLE))


@case("a move into the base is an add, a move out a delete, and a move back an add")
def move_in_and_out(stage: Stage) -> None:
    number = next(stage.numbers)
    dn, entry = stage.directory.person("Mover", number, parent=OUTSIDE)
    stage.becomes([], entry)
    stage.becomes([f"addExt {number}"], ldif.rename(dn, "cn=Mover", PEOPLE))
    stage.becomes([f"deleteExt {number}"], ldif.rename(f"cn=Mover,{PEOPLE}", "cn=Mover", OUTSIDE))
    stage.becomes([f"addExt {number}"], ldif.rename(dn, "cn=Mover", PEOPLE))


@case("a deleted entry is a delete")
def delete(stage: Stage) -> None:
    dn, number = stage.hire("Delete")
    stage.becomes([f"deleteExt {number}"], ldif.delete(dn))


@case("an entry deleted and created again keeps the extension")
def created_again(stage: Stage) -> None:
    dn, number = stage.hire("Again")
    stage.becomes([], ldif.delete(dn), stage.directory.person("Again", number)[1])


@case("a disabled account is a delete and stays away; enabled again it is an add")
def disable(stage: Stage) -> None:
    dn, number = stage.hire("Disable")
    stage.becomes([f"deleteExt {number}"], stage.directory.disable(dn))
    stage.becomes([], ldif.replace(dn, sn="Changed"))
    stage.becomes([f"addExt {number}"], stage.directory.enable(dn))


@case("an account that has expired is a delete")
def expire(stage: Stage) -> None:
    dn, number = stage.hire("Expire")
    stage.becomes([f"deleteExt {number}"], stage.directory.expire(dn))


@case("who locked himself out for a while is no leaver")
def lock_out(stage: Stage) -> None:
    dn, _ = stage.hire("Locked out")
    stage.directory.lock_out(dn)
    stage.becomes([])


@case("a contact with two numbers comes, changes and goes")
def contact(stage: Stage) -> None:
    dn, entry = stage.directory.partner("Contact", "+49 40 555 2", mobile="+49 171 555 2")
    stage.becomes(["addPhonebook 491715552", "addPhonebook 49405552"], entry)
    stage.becomes(
        ["updatePhonebook 491715552", "updatePhonebook 49405552"], ldif.replace(dn, sn="Neu"))
    stage.becomes(["deletePhonebook 491715552"], ldif.replace(dn, mobile=None))
    stage.becomes(["deletePhonebook 49405552"], ldif.delete(dn))
