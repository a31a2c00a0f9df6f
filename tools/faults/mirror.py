"""The contents of the PBX, from its log only: the executed part of each call is replayed."""

from __future__ import annotations

from ..servers.pbx import JSON, Key, Values


def values_of(item: JSON) -> Values:
    """The fields of an extension or contact of the API, without the number."""
    if "ExtentionNumber" in item:
        return tuple(item.get(name, "") for name in ("FirstName", "LastName", "EmailAddress", "OutboundCallerID"))
    return tuple(item.get(name, "") for name in ("FirstName", "LastName", "CompanyName"))


def key_of(item: JSON) -> Key:
    return ("extension", item["ExtentionNumber"]) if "ExtentionNumber" in item else ("contact", item.get("PhoneNumber", ""))


class Mirror:
    """Extensions by number, contacts as lists by number, for nothing keeps two from having the same."""

    def __init__(self) -> None:
        self.extensions: dict[str, Values] = {}
        self.contacts: dict[str, list[Values]] = {}
        self.mails = 0
        # Mails of updates that changed nothing, and the numbers that they were of.
        self.needless: list[str] = []

    def take(self, state: JSON) -> None:
        """Replaces the contents by the state that the PBX reports."""
        self.extensions = {it["ExtentionNumber"]: values_of(it) for it in state["extensions"]}
        self.contacts = {}
        for it in state["contacts"]:
            self.contacts.setdefault(it["PhoneNumber"], []).append(values_of(it))

    def copy(self) -> Mirror:
        other = Mirror()
        other.extensions = dict(self.extensions)
        other.contacts = {number: list(all) for number, all in self.contacts.items()}
        return other

    def objects(self) -> list[tuple[Key, Values]]:
        """A list of (key, values)."""
        extensions = [(("extension", number), values) for number, values in self.extensions.items()]
        return extensions + [(("contact", number), each) for number, all in self.contacts.items() for each in all]

    def has(self, key: Key) -> bool:
        return key[1] in self.extensions if key[0] == "extension" else key[1] in self.contacts

    def reset_counts(self) -> None:
        self.mails, self.needless = 0, []

    def replay(self, call: JSON) -> None:
        for item in call["items"][: call["done"]]:
            getattr(self, call["action"])(item)

    def _put(self, item: JSON) -> None:
        values = values_of(item)
        self.mails += bool(values[2])
        self.extensions[item["ExtentionNumber"]] = values

    addExt = _put

    def updateExt(self, item: JSON) -> None:
        if self.extensions[item["ExtentionNumber"]] == values_of(item) and item.get("EmailAddress"):
            self.needless.append(item["ExtentionNumber"])
        self._put(item)

    def deleteExt(self, item: JSON) -> None:
        del self.extensions[item["ExtentionNumber"]]

    def addPhonebook(self, item: JSON) -> None:
        self.contacts.setdefault(item["PhoneNumber"], []).append(values_of(item))

    def updatePhonebook(self, item: JSON) -> None:
        registered = item["RegisteredPhoneNumber"]
        self.deletePhonebook({"PhoneNumber": registered})
        # In place where the number stays, so that the next update finds the same entry.
        place = 0 if registered == item["PhoneNumber"] else len(self.contacts.get(item["PhoneNumber"], []))
        self.contacts.setdefault(item["PhoneNumber"], []).insert(place, values_of(item))

    def deletePhonebook(self, item: JSON) -> None:
        entries = self.contacts[item["PhoneNumber"]]
        entries.pop(0)
        if not entries:
            del self.contacts[item["PhoneNumber"]]


#: What the PBX held at some time, and what of it was made by hand.
Snapshot = tuple[Mirror, dict[Key, Values]]
