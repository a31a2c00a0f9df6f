"""The entries that a source selects: by its groups, and by its exclusions."""

from .. import ldif
from ..servers.configuration import Table
from ..servers.family import CROWD, GROUPS, PEOPLE
from .cases_connection import fails
from .cases_groups import LARGE, crowd
from .suite import Stage, case, equal, holds
from .testbed import Report


def numbers(report: Report) -> list[str]:
    """The extensions that a look would make, the lasting ones left out."""
    equal(report["error"], None)
    return sorted(each["number"] for each in report["changes"] if each["kind"] == "extension" and each["number"] != "1000")


def looks(stage: Stage, narrow: Table, *wanted: int) -> Report:
    report = stage.testbed.look(narrow=narrow)
    equal(numbers(report), sorted(str(number) for number in wanted), report["read"])
    return report


@case("members of a group and of the groups in it, as they come and go")
def nested_group(stage: Stage) -> None:
    it = stage.directory
    (direct, one), (deep, two), (other, three) = (stage.hire(f"Scope {name}") for name in "ABC")
    inner, first = it.group("scope-inner", [deep])
    outer, second = it.group("scope-outer", [direct, inner])
    it.change(first, second)
    by_group = {"group": outer}
    looks(stage, by_group, one, two)
    for number, words in [(three, f"the entry isn't a member of its group {outer}"), (two, "base and filter")]:
        status, output, errors = stage.testbed.command("why", f"u{number}@example.com")
        holds(words in output, words, output, errors)
    it.change(ldif.modify(inner, ("add", "member", other)))
    looks(stage, by_group, one, two, three)
    # A rename: the group follows, or the server makes it follow.
    it.change(ldif.rename(deep, "cn=Scope renamed"))
    if not it.refint:
        it.change(ldif.modify(inner, ("delete", "member", deep), ("add", "member", f"cn=Scope renamed,{PEOPLE}")))
    looks(stage, by_group, one, two, three)
    it.change(ldif.modify(outer, ("delete", "member", direct)))
    looks(stage, by_group, two, three)
    it.change(ldif.modify(outer, ("delete", "member", inner), ("add", "member", direct)))
    looks(stage, by_group, one)


@case("groups that name each other in a circle")
def circle(stage: Stage) -> None:
    it = stage.directory
    dn, number = stage.hire("Circle")
    left, one = it.group("circle-left", [dn])
    right, two = it.group("circle-right", [left])
    it.change(one, two)
    if not it.allows(ldif.modify(left, ("add", "member", right))):
        return
    looks(stage, {"group": right}, number)
    looks(stage, {"group": [left, right]}, number)


@case("a group of 1,600, by the key")
def large_group(stage: Stage) -> None:
    crowd(stage)
    dn, entry = stage.directory.group("legion", [f"cn=c{n},{CROWD}" for n in range(LARGE)])
    outer, other = stage.directory.group("legions", [dn])
    stage.directory.change(entry, other)
    for group in (dn, outer):
        report = stage.testbed.look(base=CROWD, filter=stage.directory.crowd, narrow={"group": group})
        equal((report["read"]["searches"][0]["entries"], report["complete"]), (LARGE, True), report["error"])


@case("who leaves a group that has phones is a delete, and its nobody's loss")
def group_removal(stage: Stage) -> None:
    it = stage.directory
    (stays, one), (leaves, two) = stage.hire("Stays"), stage.hire("Leaves")
    dn, entry = it.group("removal", [stays, leaves, f"cn=Anchor,{PEOPLE}"])
    it.change(entry)
    narrow = {"group": dn}
    # A first run of its own, into an adopted PBX: what counts is what the next one takes away.
    stage.testbed.configure(narrow=narrow, state="by-group")
    stage.testbed.run()
    stage.testbed.command("adopt", str(one), str(two), "1000")
    stage.testbed.run()
    it.change(ldif.modify(dn, ("delete", "member", leaves)))
    report = stage.testbed.run("--dry-run")
    gone = [each["number"] for each in report["changes"] if each["action"] == "delete"]
    equal((gone, report["complete"]), ([str(two)], True), report)
    # The group is gone: so is every certainty.
    it.change(ldif.delete(dn))
    report = stage.testbed.run("--dry-run")
    equal([each for each in report["changes"] if each["action"] == "delete"], [], report)
    equal(report["complete"], False, report["read"])
    holds(dn in report["summary"], report["summary"])


@case("a group that isn't there makes the read incomplete")
def missing_group(stage: Stage) -> None:
    dn = f"cn=misspelt,{GROUPS}"
    report = stage.testbed.look(narrow={"group": dn})
    equal((report["complete"], report["changes"] and numbers(report)), (False, []), report["read"])
    holds(f"the group {dn} isn't" in report["read"]["incomplete_because"], report["read"])
    status, output, errors = stage.testbed.command("doctor")
    equal(status, 1, output)
    holds(f"the group {dn} isn't" in output and "ldapsearch" in output, output)


@case("a nested group that is gone makes the read incomplete, where the server keeps its name", "openldap", "389ds")
def dangling_group(stage: Stage) -> None:
    dn, entry = stage.directory.group("dangling", [f"cn=Anchor,{PEOPLE}", f"cn=nowhere,{GROUPS}"])
    stage.directory.change(entry)
    report = stage.testbed.look(narrow={"group": dn})
    equal(report["complete"], False, report["read"])
    holds("cn=nowhere" in report["read"]["incomplete_because"], report["read"])


@case("excluded by a filter, by a name and by an id")
def exclusions(stage: Stage) -> None:
    (first, one), (_, two) = stage.hire("Excluded"), stage.hire("Included")
    both = "(|(cn=Excluded)(cn=Included))"

    def seen(narrow: Table) -> list[str]:
        report = stage.testbed.look(filter=f"(&{stage.directory.users}{both})", narrow=narrow)
        return numbers(report)

    equal(seen({}), sorted([str(one), str(two)]))
    equal(seen({"exclude": "(cn=EXCLUDED)"}), [str(two)])
    # An attribute that most entries don't have isn't a reason to leave them out.
    equal(seen({"exclude": "(employeeNumber=7)"}), sorted([str(one), str(two)]))
    equal(seen({"exclude_list": [first.upper().replace(",", " , ")]}), [str(two)])
    equal(seen({"exclude_list": [stage.directory.known_id(first)]}), [str(two)])
    stage.testbed.write("excluded", f"# nobody\n{first}\n")
    equal(seen({"exclude_file": "excluded"}), [str(two)])


@case("a filter says who is disabled, and nobody else is")
def disabled_filter(stage: Stage) -> None:
    (left, one), (other, two) = stage.hire("Filtered"), stage.hire("Not filtered")
    stage.directory.change(ldif.replace(left, employeeType="left"))
    both = f"(&{stage.directory.users}(|(cn=Filtered)(cn=Not filtered)))"
    equal(numbers(stage.testbed.look(filter=both, narrow={"disabled": "(employeeType=left)"})), [str(two)])
    stage.directory.change(ldif.replace(left, employeeType=None), stage.directory.disable(other))
    equal(numbers(stage.testbed.look(filter=both, narrow={"disabled": "(employeeType=left)"})), sorted([str(one), str(two)]))
    stage.becomes([f"deleteExt {two}"])


@case("an exclusion by an attribute that the schema doesn't have isn't taken for everybody")
def undecided(stage: Stage) -> None:
    narrow = {"exclude": "(noSuchAttribute=x)"}
    if stage.directory.schema:
        fails(stage, 78, "noSuchAttribute", narrow=narrow)
    else:
        # There an unknown attribute is one that nobody has. doctor tells that nobody is kept out.
        equal(stage.testbed.look(narrow=narrow)["complete"], True)
        status, output, errors = stage.testbed.command("doctor")
        holds("(noSuchAttribute=x), which excludes nobody" in output, output)


@case("an exclusion that the server refuses is named with its source")
def refused(stage: Stage) -> None:
    fails(stage, 78, f'source "{PEOPLE}"', narrow={"exclude": "(=x)"})
