"""The people of a site's directory, and a day's changes among them, as LDIF."""

import random
from collections.abc import Callable
from typing import Any

Person = dict[str, Any]
Contact = dict[str, Any]

BASE = """\
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=reader,dc=example,dc=com
objectClass: person
objectClass: simpleSecurityObject
cn: reader
sn: reader
userPassword: {password}

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=limbo,dc=example,dc=com
objectClass: organizationalUnit
ou: limbo

dn: ou=partners,dc=example,dc=com
objectClass: organizationalUnit
ou: partners

"""

UNITS = ["north", "south", "east"]
NAMES = ["Anna", "Jürgen", "Zoë", "Łukasz", "Ömer", "Siân", "Ngọc", "Eve", "Bob", "Cleo"]


def unit(name: str) -> str:
    return f"ou={name},ou=people,dc=example,dc=com"


class People:
    def __init__(self, rng: random.Random) -> None:
        self.serial = 0
        self.people: dict[str, Person] = {}  # uid -> unit, number, sn, mail
        self.contacts: dict[str, Contact] = {}  # cn -> numbers, company
        # The numbers that are foreign on the PBX; and whose they are: nothing changes about these but that they leave.
        self.foreign: set[str] = set()
        self.blocked: set[str] = set()
        self._add("switchboard", "north", "1000", rng)
        for name in UNITS:
            for _ in range(9):
                self._add(self._name("p"), name, self._free_number(rng), rng)
            # These get a number from the pool, and the first of them meet a foreign one there.
            for _ in range(2):
                self._add(self._name("p"), name, None, rng)
        for _ in range(12):
            self._add_contact(rng)

    def _name(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}{self.serial}"

    def _free_number(self, rng: random.Random) -> str:
        taken = {person["number"] for person in self.people.values()} | self.foreign
        while (number := str(rng.randrange(1001, 1200))) in taken:
            pass
        return number

    def _add(self, uid: str, ou: str, number: str | None, rng: random.Random) -> None:
        self.people[uid] = {"unit": ou, "number": number, "sn": rng.choice(NAMES), "mail": f"{uid}@example.com"}

    def _add_contact(self, rng: random.Random) -> str:
        name = self._name("c")
        numbers = [f"4930{self.serial:06d}"] + ([f"49171{self.serial:06d}"] if rng.random() < 0.3 else [])
        self.contacts[name] = {"numbers": numbers, "company": rng.choice(NAMES)}
        return name

    def dn(self, uid: str) -> str:
        return f"uid={uid},{unit(self.people[uid]['unit'])}"

    def ldif(self, password: str) -> str:
        units = "".join(f"dn: {unit(name)}\nobjectClass: organizationalUnit\nou: {name}\n\n" for name in UNITS)
        return BASE.format(password=password) + units + "".join(
            [self._person(uid) for uid in self.people] + [self._contact(cn) for cn in self.contacts])

    def _person(self, uid: str, how: str = "") -> str:
        it = self.people[uid]
        phone = f"telephoneNumber: +49 30 555 {it['number']}\n" if it["number"] else ""
        return (
            f"dn: {self.dn(uid)}\n{how}objectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\ngivenName: {uid}\n"
            f"sn: {it['sn']}\nmail: {it['mail']}\n{phone}\n")

    def _contact(self, cn: str, how: str = "") -> str:
        it = self.contacts[cn]
        mobile = f"mobile: +{it['numbers'][1]}\n" if len(it["numbers"]) > 1 else ""
        return (
            f"dn: cn={cn},ou=partners,dc=example,dc=com\n{how}objectClass: inetOrgPerson\ncn: {cn}\ngivenName: {cn}\n"
            f"sn: Extern\no: {it['company']}\ntelephoneNumber: +{it['numbers'][0]}\n{mobile}\n")

    @staticmethod
    def _replace(dn: str, attribute: str, value: str) -> str:
        return f"dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n\n"

    def claim_what_is_not_to_be_had(self, rng: random.Random) -> str:
        """LDIF of two people with numbers that are foreign on the PBX, and protected; and a contact that is protected."""
        self._add("clash", "east", "7001", rng)
        self._add("guarded", "east", "8001", rng)
        self.contacts["shielded"] = {"numbers": ["4989000001"], "company": "Shielded"}
        return (
            self._person("clash", "changetype: add\n") + self._person("guarded", "changetype: add\n")
            + self._contact("shielded", "changetype: add\n"))

    # MARK: A day's changes

    def change(self, rng: random.Random) -> str:
        """LDIF of one or several random changes."""
        ldif = ""
        kinds: list[Callable[[random.Random], str]] = [
            self._hire, self._hire, self.leave, self._marry, self._mail, self._renumber, self._swap, self._move,
            self._new_contact, self._lost_contact, self._renumbered_contact, self._company]
        for _ in range(rng.choice([1, 2, 3, 4, 6])):
            ldif += rng.choice(kinds)(rng)
        return ldif

    FIXED = {"switchboard", "clash", "guarded"}

    def block(self, numbers: set[str]) -> None:
        """Whose numbers these are is blocked by what is foreign there; the others are blocked no more. Nobody is given such a
        number from here on: who has another keeps that, and the PBX would never equal the directory."""
        self.foreign = numbers
        self.blocked = {uid for uid, it in self.people.items() if it["number"] in numbers}

    def blocked_units(self) -> set[str]:
        """Where somebody is who can't have the number that the directory says."""
        return {self.people[uid]["unit"] for uid in self.blocked | {"clash", "guarded"} if uid in self.people}

    def _anyone(self, rng: random.Random) -> str:
        return rng.choice(sorted(set(self.people) - self.FIXED - self.blocked))

    def _any_contact(self, rng: random.Random) -> str:
        return rng.choice(sorted(set(self.contacts) - {"shielded"}))

    def _hire(self, rng: random.Random) -> str:
        if len(self.people) > 45:
            return self.leave(rng)
        ldif = ""
        for _ in range(rng.choice([1, 1, 2, 5])):
            uid = self._name("p")
            self._add(uid, rng.choice(UNITS), None if rng.random() < 0.3 else self._free_number(rng), rng)
            ldif += self._person(uid, "changetype: add\n")
        return ldif

    def leave(self, rng: random.Random) -> str:
        if len(self.people) < 30:
            return self._hire(rng)
        uid = rng.choice(sorted(set(self.people) - self.FIXED))
        dn = self.dn(uid)
        del self.people[uid]
        return f"dn: {dn}\nchangetype: delete\n\n"

    @staticmethod
    def _another(name: str, rng: random.Random) -> str:
        return rng.choice([it for it in (first + second.lower() for first in NAMES for second in NAMES) if it != name])

    def touch(self, name: str, rng: random.Random) -> str:
        """The values of this person or contact are others now."""
        return self._marry(rng, name) if name in self.people else self._company(rng, name)

    def _marry(self, rng: random.Random, uid: str | None = None) -> str:
        uid = uid or self._anyone(rng)
        self.people[uid]["sn"] = self._another(self.people[uid]["sn"], rng)
        return self._replace(self.dn(uid), "sn", self.people[uid]["sn"])

    def _mail(self, rng: random.Random) -> str:
        uid = self._anyone(rng)
        self.people[uid]["mail"] = f"{uid}.{rng.randrange(1000)}@example.com"
        return self._replace(self.dn(uid), "mail", self.people[uid]["mail"])

    def _renumber(self, rng: random.Random) -> str:
        uid = self._anyone(rng)
        self.people[uid]["number"] = self._free_number(rng)
        return self._replace(self.dn(uid), "telephoneNumber", f"+49 30 555 {self.people[uid]['number']}")

    def _swap(self, rng: random.Random) -> str:
        """Two people, or a circle of three, pass their numbers on."""
        numbered = {uid for uid, it in self.people.items() if it["number"]}
        circle = rng.sample(sorted(numbered - self.FIXED - self.blocked), rng.choice([2, 2, 3]))
        numbers = [self.people[uid]["number"] for uid in circle]
        ldif = ""
        for uid, number in zip(circle, numbers[1:] + numbers[:1]):
            self.people[uid]["number"] = number
            ldif += self._replace(self.dn(uid), "telephoneNumber", f"+49 30 555 {number}")
        return ldif

    def _move(self, rng: random.Random) -> str:
        uid = self._anyone(rng)
        old, self.people[uid]["unit"] = self.dn(uid), rng.choice(UNITS)
        return (
            f"dn: {old}\nchangetype: modrdn\nnewrdn: uid={uid}\ndeleteoldrdn: 0\n"
            f"newsuperior: {unit(self.people[uid]['unit'])}\n\n")

    def _new_contact(self, rng: random.Random) -> str:
        if len(self.contacts) > 16:
            return self._lost_contact(rng)
        return self._contact(self._add_contact(rng), "changetype: add\n")

    def _lost_contact(self, rng: random.Random) -> str:
        if len(self.contacts) < 10:
            return self._new_contact(rng)
        cn = self._any_contact(rng)
        del self.contacts[cn]
        return f"dn: cn={cn},ou=partners,dc=example,dc=com\nchangetype: delete\n\n"

    def _renumbered_contact(self, rng: random.Random) -> str:
        cn = self._any_contact(rng)
        self.serial += 1
        self.contacts[cn]["numbers"][0] = f"4930{self.serial:06d}"
        return self._replace(
            f"cn={cn},ou=partners,dc=example,dc=com", "telephoneNumber", "+" + self.contacts[cn]["numbers"][0])

    def _company(self, rng: random.Random, cn: str | None = None) -> str:
        cn = cn or self._any_contact(rng)
        self.contacts[cn]["company"] = self._another(self.contacts[cn]["company"], rng)
        return self._replace(f"cn={cn},ou=partners,dc=example,dc=com", "o", self.contacts[cn]["company"])
