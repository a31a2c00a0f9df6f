"""Keeps a PBX's extensions equal to a directory: what an admin would write in an afternoon, to measure pbxsyncd beside.

Reads everybody with paged results, compares field by field with what the PBX accepted before, and sends adds and updates
one object a request over a few connections. What was accepted is committed at once. Nobody is deleted by it.
Usage: plain.py --ldap URI --bind DN --password-file FILE --base DN --filter FILTER --digits N --pbx URL --key-file FILE
                --memory FILE [--parallel 4] [--digits-only]
"""

import argparse
import concurrent.futures
import json
import re
import sqlite3
import sys
import threading
from typing import Any

import ldap
import phonenumbers
import requests
from ldap.controls import SimplePagedResultsControl

NAMES = ["ExtentionNumber", "EmailAddress", "FirstName", "LastName", "OutboundCallerID"]
#: An extension's values, in the order of NAMES.
Fields = tuple[str, ...]
#: An entry's id, what the PBX is to hold for it, and what it holds.
Change = tuple[str, Fields, Fields | None]
ATTRIBUTES = ["entryUUID", "telephoneNumber", "mail", "givenName", "sn"]


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ["ldap", "bind", "password-file", "base", "filter", "pbx", "key-file", "memory"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--digits", type=int, required=True, help="how many digits of the number are the extension")
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--digits-only", action="store_true", help="the caller id is the number's digits, whatever they mean")
    options = parser.parse_args()

    memory = sqlite3.connect(options.memory)
    memory.execute("pragma journal_mode = wal")
    memory.execute(
        "create table if not exists extensions (id text primary key, number text, mail text, first text, last text, caller text)"
    )
    known = {row[0]: row[1:] for row in memory.execute("select * from extensions")}
    wanted = read(options)
    changes = [(id, fields, known.get(id)) for id, fields in wanted.items() if known.get(id) != fields]
    return send(changes, memory, options)


def read(options: argparse.Namespace) -> dict[str, Fields]:
    """What the PBX is to hold, by the entries' ids."""
    with open(options.password_file) as file:
        password = file.read().strip()
    session = ldap.initialize(options.ldap)
    session.simple_bind_s(options.bind, password)
    page = SimplePagedResultsControl(True, size=500, cookie="")
    wanted: dict[str, Fields] = {}
    while True:
        message = session.search_ext(
            options.base, ldap.SCOPE_SUBTREE, options.filter, ATTRIBUTES, serverctrls=[page])
        _, entries, _, controls = session.result3(message)
        for _, attributes in entries:
            entry = {name: values[0].decode() for name, values in attributes.items()}
            number = entry.get("telephoneNumber", "")
            digits = re.sub(r"\D", "", number)
            try:
                caller = digits if options.digits_only else international(number)
            except phonenumbers.NumberParseException as error:
                print(f"{entry['entryUUID']}: {number}: {error}", file=sys.stderr)
                continue
            wanted[entry["entryUUID"]] = (
                digits[-options.digits:], entry.get("mail", ""), entry.get("givenName", ""), entry.get("sn", ""), caller)
        page.cookie = next(it.cookie for it in controls if it.controlType == page.controlType)
        if not page.cookie:
            return wanted


def international(number: str) -> str:
    """The number with its country code, as the PBX wants it: without the plus."""
    parsed = phonenumbers.parse(number, "DE")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def send(changes: list[Change], memory: sqlite3.Connection, options: argparse.Namespace) -> int:
    """Sends the changes and remembers each that is accepted. Returns how many were not, for the exit status."""
    with open(options.key_file) as file:
        key = file.read().strip()
    own = threading.local()

    def call(change: Change) -> Any:
        _, fields, before = change
        if not hasattr(own, "session"):
            own.session = requests.Session()
        action, envelope = ("addExt", "sExtension") if before is None else ("updateExt", "uExtension")
        value = json.dumps({envelope: [dict(zip(NAMES, fields))]}, ensure_ascii=False, separators=(",", ":"))
        reply = own.session.post(
            options.pbx, timeout=30,
            params={"action": action, "qstype": "1", "qsSecuritykey": key, "qsValue": value})
        reply.raise_for_status()
        return reply.json()

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        for (id, fields, _), answer in zip(changes, pool.map(call, changes)):
            if answer["errorCode"]:
                print(f"{fields[0]}: {answer['message']}", file=sys.stderr)
                failed += 1
                continue
            memory.execute("replace into extensions values (?, ?, ?, ?, ?, ?)", (id, *fields))
            memory.commit()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
