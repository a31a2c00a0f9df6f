"""A configuration of pbxsyncd as dictionaries, and as the TOML that they are."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Table = dict[str, Any]
#: A table by its name, or a list of tables where the configuration repeats it, as [[users]].
Sections = Mapping[str, Any]

#: No set of changes is held.
UNLIMITED: Sections = {
    "update": {"max_count": 1_000_000, "max_percent": 100},
    "addition": {"max_count": 1_000_000, "max_percent": 100},
}


def sections(servers: list[str], pbx: int, bind_dn: str, state: str | None = None) -> Sections:
    """What every configuration has: where the directory and the PBX are, and where the secrets and the ledger."""
    return {
        "directory": {"servers": servers, "bind_dn": bind_dn, "bind_password_file": "ldap-password"},
        "numbers": {"country": "DE"},
        "pbx": {"url": f"http://127.0.0.1:{pbx}/api.aspx", "security_key_file": "pbx-key"},
    } | ({"state": {"directory": state}} if state else {})


def merged(*parts: Sections) -> Sections:
    """All of them in one. Of two values for a key the later one holds; None takes the key away."""
    result: dict[str, Any] = {}
    for part in parts:
        for name, section in part.items():
            earlier = result.get(name)
            result[name] = {**earlier, **section} if isinstance(earlier, dict) and isinstance(section, dict) else section
    return result


def toml(configuration: Sections) -> str:
    text = ""
    for name, section in configuration.items():
        for table in section if isinstance(section, list) else [section]:
            text += f"[[{name}]]\n" if isinstance(section, list) else f"[{name}]\n"
            text += "".join(f"{key} = {value}\n" for key, value in _pairs(table))
    return text


def _pairs(table: Table, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each key with its value. A table in a table is written as dotted keys, which stay in one section."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _pairs(value, f"{prefix}{key}.")
        elif value is not None:
            # Strings, numbers, booleans and lists are written as in JSON.
            yield prefix + key, json.dumps(value, ensure_ascii=False)
