"""Changes to a directory, as ldapmodify(1) reads them (RFC 2849)."""

import base64
from collections.abc import Mapping
from typing import Any

#: Each attribute with its value, or a list of them: text, bytes or numbers.
Attributes = Mapping[str, Any]
#: `add`, `delete` or `replace`; the attribute; its value or values.
Change = tuple[str, str, Any]


def line(name: str, value: Any) -> str:
    """One attribute line. Always in base64: then no value needs a thought."""
    data = value if isinstance(value, bytes) else str(value).encode()
    return f"{name}:: {base64.b64encode(data).decode()}\n" if data else f"{name}:\n"


def lines(attributes: Attributes) -> str:
    text = ""
    for name, values in attributes.items():
        for value in values if isinstance(values, (list, tuple)) else [values]:
            text += line(name, value)
    return text


def add(dn: str, attributes: Attributes) -> str:
    return line("dn", dn) + "changetype: add\n" + lines(attributes) + "\n"


def delete(dn: str) -> str:
    return line("dn", dn) + "changetype: delete\n\n"


def rename(dn: str, rdn: str, parent: str | None = None) -> str:
    """Another name, another place, or both (modrdn)."""
    superior = line("newsuperior", parent) if parent else ""
    return line("dn", dn) + "changetype: modrdn\n" + line("newrdn", rdn) + "deleteoldrdn: 1\n" + superior + "\n"


def replace(dn: str, **attributes: Any) -> str:
    """An attribute without a value goes."""
    return modify(dn, *(("replace", name, value) for name, value in attributes.items()))


def modify(dn: str, *changes: Change) -> str:
    """Each change is `add`, `delete` or `replace` with the attribute and its value or values."""
    parts = [f"{how}: {name}\n" + ("" if value is None else lines({name: value})) for how, name, value in changes]
    return line("dn", dn) + "changetype: modify\n" + "-\n".join(parts) + "\n"


def escaped(value: str) -> str:
    """A value as it is written in a DN (RFC 4514, section 2.4)."""
    text = "".join("\\" + sign if sign in ',+"\\<>;=' else sign for sign in value)
    if text[:1] in ("#", " "):
        text = "\\" + text
    return text[:-1] + "\\ " if text.endswith(" ") and not text.endswith("\\ ") else text
