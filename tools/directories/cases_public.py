"""Directories in the shapes of well-known samples, with names and numbers of this project (public/).

The expected result for each entry was reviewed by a person and is in the file next to it.
"""

import difflib
import functools
import json
import os
import re

import tomllib

from ..servers.pbx import JSON
from .suite import Stage, Wrong, case, holds
from .testbed import Report

PUBLIC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "public")

#: In the order of a card, by their names in the report.
FIELDS = {
    "extension": ["first_name", "last_name", "email", "caller_id"], "contact": ["first_name", "last_name", "company"]}


def play(stage: Stage, name: str) -> None:
    it = stage.directory
    with open(f"{PUBLIC}/{name}.ldif") as file:
        data = file.read()
    names = dns(data)
    if not it.read(names[0], "objectClass"):
        done = it.tool("ldapmodify", "-a", input=data)
        holds(done.returncode == 0, done.stderr.decode())
        it.show(names[0])
    with open(f"{PUBLIC}/{name}.toml", "rb") as toml:
        report = stage.testbed.look(sources=tomllib.load(toml))
    holds(report["complete"], report["error"], report["read"])
    lint = json.loads(stage.testbed.command("lint", "--json")[1])
    seen = told(report, lint, names)
    with open(f"{PUBLIC}/{name}.expected") as file:
        wanted = file.read()
    if seen != wanted:
        raise Wrong("\n".join(difflib.unified_diff(wanted.splitlines(), seen.splitlines(), "expected", "seen", lineterm="")))


for what, name, families in [
    ("a university's, as OpenLDAP's test data", "university", ["openldap"]),
    ("a company's, as 389's Example", "stores", ["openldap", "389ds"]),
    ("many languages', as 389's European", "european", ["openldap", "389ds"]),
    ("a small firm's, as the planet express", "crew", ["openldap"]),
]:
    case(f"a public shape becomes what was looked through by eye: {what}", *families)(functools.partial(play, name=name))


def dns(data: str) -> list[str]:
    """The names of the entries, in their order."""
    return re.findall(r"(?m)^dn: (.*)$", data.replace("\n ", ""))


def folded(dn: str) -> str:
    """Enough to find the same name in another spelling of this data."""
    rdns = re.split(r"(?<!\\),", dn.replace("\\2C", "\\,"))
    return ",".join("+".join(sorted(part.strip().lower() for part in rdn.split("+"))) for rdn in rdns)


def told(report: Report, lint: JSON, names: list[str]) -> str:
    """What each entry became, as text for an eye."""
    lines: dict[str, list[str]] = {folded(dn): [] for dn in names}
    numbers = {(each["kind"], each["number"]) for each in report["changes"]}
    claimed = numbers & {(each["kind"], each["number"]) for each in report["in_the_way"]}

    def tell(dn: str, line: str) -> None:
        lines.setdefault(folded(dn), []).append(line)

    for change in report["changes"]:
        kind, number = change["kind"], change["number"]
        values = {field["field"]: field["new"] for field in change["fields"]}
        card = " | ".join(values.get(field) or "-" for field in FIELDS[kind])
        # Who gets a number that two have depends on their ids, which are others at each try; so does who is next in a pool.
        tell(change["dn"], f"{kind} {number}: claimed by several" if (kind, number) in claimed
             else f"{kind} from the pool: {card}" if "pool" in change["cause"] else f"{kind} {number}: {card}")
    for each in report["in_the_way"]:
        kind, number = each["kind"], each["number"]
        tell(each["dn"], f"{kind} {number}: " + ("claimed by several" if (kind, number) in claimed else each["reason"]))
    for problem in report["problems"]:
        kept = f" ({problem['kept_field']} stays)" if problem["kept_field"] else ""
        tell(problem["dn"], f"problem{kept}: {problem['attribute']} \"{problem['value']}\": {problem['reason'].split('; the ')[0]}")
    for finding in lint["findings"]:
        # The other findings are reported above.
        if finding["topic"].startswith("ambiguous") or "cut off" in finding["topic"]:
            tell(finding["dn"], f"lint: {finding['topic']}")
    text = ""
    for dn in names:
        text += dn + "\n" + "".join(f"  {line}\n" for line in sorted(lines.pop(folded(dn))) or ["nothing"])
    for dn, others in lines.items():
        text += dn + "\n" + "".join(f"  {line}\n" for line in sorted(others))
    return text + f"\nmails: {report['mails']}\n"
