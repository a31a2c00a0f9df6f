"""Who is in which group, by the filter that an admin would write."""

from .. import ldif
from ..servers.family import CROWD, GROUPS, PEOPLE
from .suite import Stage, case, equal, holds

CROWD_SIZE = 5000
LARGE = 1600
large = f"cn=large,{GROUPS}"


def crowd(stage: Stage) -> None:
    """Five thousand entries, made once."""
    if not stage.directory.read(f"cn=c0,{CROWD}", "cn"):
        entries = [stage.directory.one_of_crowd(f"c{n}", 10_000 + n) for n in range(CROWD_SIZE)]
        stage.directory.change(*entries)


@case("who joins a group is an add, who leaves it a delete", needs="memberof")
def join_and_leave(stage: Stage) -> None:
    group, entry = stage.directory.group("phones")
    stage.directory.change(entry)
    dn, number = stage.hire("Joiner")
    by_group = f"(&{stage.directory.users}(memberOf={group}))"

    def seen() -> bool:
        # One member is there for groups that can't be empty.
        report = stage.testbed.look(filter=by_group)
        return str(number) in [each["number"] for each in report["changes"] if each["kind"] == "extension"]

    equal(seen(), False)
    stage.directory.change(ldif.modify(group, ("add", "member", dn)))
    equal(seen(), True)
    # The entry's name is another: the group follows.
    stage.directory.change(ldif.rename(dn, "cn=Joined"))
    equal(seen(), True)
    stage.directory.change(ldif.modify(group, ("delete", "member", f"cn=Joined,{PEOPLE}")))
    equal(seen(), False)


@case("five thousand entries, over pages", needs="pages")
def pages(stage: Stage) -> None:
    crowd(stage)
    report = stage.testbed.look(base=CROWD, filter=stage.directory.crowd)
    equal((report["read"]["searches"][0]["entries"], report["complete"]), (CROWD_SIZE, True), report["error"])
    holds(report["read"]["searches"][0]["pages"] >= CROWD_SIZE // 500, report["read"])


@case("five thousand entries, by pages larger than the server's own limit", needs="pages")
def large_pages(stage: Stage) -> None:
    crowd(stage)
    report = stage.testbed.look(base=CROWD, filter=stage.directory.crowd, directory={"page_size": 10000})
    equal((report["read"]["searches"][0]["entries"], report["complete"]), (CROWD_SIZE, True), report["error"])


@case("doctor counts the members that a filter leaves out over all pages", needs="pages")
def counted_over_pages(stage: Stage) -> None:
    crowd(stage)
    stage.testbed.configure(
        base=CROWD, filter=stage.directory.crowd, narrow={"exclude": "(cn=c1*)"}, directory={"page_size": 100})
    status, output, errors = stage.testbed.command("doctor")
    # 1, 10 to 19, 100 to 199, 1000 to 1999.
    holds("all but the 1111 of (cn=c1*)" in output, output, errors)


@case("five thousand entries in one answer, from a server without pages", "minimal")
def one_page(stage: Stage) -> None:
    crowd(stage)
    for size in (500, 0):
        report = stage.testbed.look(base=CROWD, filter=stage.directory.crowd, directory={"page_size": size})
        search = report["read"]["searches"][0]
        equal((search["entries"], search["pages"], report["complete"]), (CROWD_SIZE, 1, True), report["error"])


@case("five thousand entries without pages", needs="pages")
def no_pages(stage: Stage) -> None:
    crowd(stage)
    report = stage.testbed.look(base=CROWD, filter=stage.directory.crowd, directory={"page_size": 0})
    equal((report["read"]["searches"][0]["entries"], report["complete"]), (CROWD_SIZE, True), report["error"])


@case("a group of 1,600: each of them by the filter", needs="memberof")
def large_group(stage: Stage) -> None:
    crowd(stage)
    members = [f"cn=c{n},{CROWD}" for n in range(LARGE)]
    stage.directory.change(stage.directory.group("large", members)[1])
    report = stage.testbed.look(base=CROWD, filter=f"(&{stage.directory.crowd}(memberOf={large}))")
    equal((report["read"]["searches"][0]["entries"], report["complete"]), (LARGE, True), report["error"])


@case("a group of 1,600: each of them in its attribute")
def large_attribute(stage: Stage) -> None:
    crowd(stage)
    if not stage.directory.read(large, "cn"):
        stage.directory.change(stage.directory.group("large", [f"cn=c{n},{CROWD}" for n in range(LARGE)])[1])
    # A template takes the bytewise smallest of several values, so all must be there for it to be the right one.
    for smallest in ("c0", "c1", "c10"):
        report = stage.testbed.look(
            base=GROUPS, filter="(cn=large)", number='{cn | replace "large" "7777"}', first_name="{cn}",
            last_name="{member | rdn}")
        fields = [each["fields"] for each in report["changes"] if each["number"] == "7777"]
        holds(fields and any(field["new"] == smallest for field in fields[0]), smallest, fields, report["error"])
        stage.directory.change(ldif.modify(large, ("delete", "member", f"cn={smallest},{CROWD}")))


@case("a filter that selects by several groups", needs="memberof")
def several_groups(stage: Stage) -> None:
    dn, number = stage.hire("Several")
    one, entry = stage.directory.group("one", [dn])
    two, other = stage.directory.group("two", [dn])
    stage.directory.change(entry, other)
    users = stage.directory.users
    both = stage.testbed.look(filter=f"(&{users}(memberOf={one})(memberOf={two})(!(cn=Anchor)))")
    none = stage.testbed.look(filter=f"(&{users}(memberOf={one})(!(memberOf={two})))")
    equal((both["read"]["searches"][0]["entries"], none["read"]["searches"][0]["entries"]), (1, 0), none["error"])
