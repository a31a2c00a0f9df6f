"""A company of 400 people on two sites, as its directory grew over the years."""

import random
from typing import NamedTuple

from .. import ldif

FIRST = "Anna Bjørn Chloé Diego Elif Fritz Gül Hanna Igor Jörg Karla Lars Mia Nils Olga Paul".split()
LAST = "Berg, Łęcki, Müller, O'Neill, Öz, Schmidt, von der Heide, Weiß, Wolf, Ångström, Krüger, Şahin, Lang".split(", ")
#: How a number is written, by how many of a hundred; for the first ones an extension follows from it.
WRITINGS = [
    (50, "+49 {area} {trunk}-{number}"), (10, "+49 {area} {trunk} {number}"), (8, "0{area} / {trunk}-{number}"),
    (6, "Tel.: +49 ({area}) {trunk}-{number}"), (4, "{wide}"), (4, "{number}"), (4, "+49{area}{trunk}{number}"),
]
MESS = [(4, "+49 171 392{number}"), (3, "+49 {area} {trunk}-{number} / 17"), (2, "siehe Sekretariat"), (5, "")]
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


class Site(NamedTuple):
    name: str
    area: str
    trunk: str
    first: int
    people: int


SITES = [Site("Berlin", "30", "9018", 1000, 250), Site("Hamburg", "40", "5555", 3000, 150)]


class Person(NamedTuple):
    site: str
    #: Unlike anybody else's.
    id: str
    first: str
    last: str
    mail: str
    #: telephoneNumber, and mobile; both may be empty.
    written: str
    mobile: str
    is_disabled: bool
    #: The extension that is meant, if one follows from the value.
    extension: str | None
    #: A member of the group of those who have a phone.
    is_member: bool


def people(seed: int) -> list[Person]:
    chance = random.Random(seed)
    everybody = []
    for site in SITES:
        for index in range(site.people):
            number = str(site.first + index)
            values = {"area": site.area, "trunk": site.trunk, "number": number}
            plain = "+49 {area} {trunk}-{number}".format(**values)
            values["wide"] = plain.translate(FULL_WIDTH)
            written = chance.choices([text for _, text in WRITINGS + MESS], [weight for weight, _ in WRITINGS + MESS])[0]
            is_usable = written in (text for _, text in WRITINGS)
            is_disabled = index % 40 == 20
            everybody.append(Person(
                site.name, f"u{number}", chance.choice(FIRST), chance.choice(LAST),
                f"u{number}@example.com" if chance.random() < 0.93 else "", written.format(**values),
                f"+49 171 555{number}" if index % 3 == 0 else "", is_disabled, number if is_usable else None,
                is_member=index % 20 != 3))
    return everybody


class Partner(NamedTuple):
    first: str
    last: str
    company: str
    number: str


def partners() -> list[Partner]:
    companies = ["Fjord AS", "Kunze KG", "Blau & Co"]
    numbers = ["+47 22 55 {0}", "+43 1 53 {0}", "089 5544-{0}"]
    return [
        Partner(FIRST[index % 16], LAST[index % 13], companies[index % 3], numbers[index % 3].format(1000 + index))
        for index in range(30)]


class OpenLDAPShape:
    """Sites are OUs below ou=people; disabled accounts have an end (shadowExpire)."""

    suffix = "dc=example,dc=com"
    units = ["ou=people", "ou=berlin,ou=people", "ou=hamburg,ou=people", "ou=former,ou=people", "ou=partners", "ou=groups",
             "ou=services"]

    def unit(self, name: str) -> str:
        return ldif.add(f"{name},{self.suffix}", {"objectClass": "organizationalUnit"})

    def dn(self, person: Person) -> str:
        return f"uid={person.id},ou={person.site.lower()},ou=people,{self.suffix}"

    def person(self, person: Person) -> str:
        return ldif.add(self.dn(person), filled({
            "objectClass": ["inetOrgPerson"] + ["shadowAccount"] * person.is_disabled,
            "uid": person.id, "cn": f"{person.first} {person.last}", "givenName": person.first, "sn": person.last,
            "mail": person.mail, "telephoneNumber": person.written, "mobile": person.mobile,
            "shadowExpire": "1" if person.is_disabled else ""}))

    def partner(self, partner: Partner, index: int) -> str:
        return ldif.add(f"cn=partner {index},ou=partners,{self.suffix}", {
            "objectClass": "inetOrgPerson", "cn": f"{partner.first} {partner.last}", "givenName": partner.first,
            "sn": partner.last, "o": partner.company, "telephoneNumber": partner.number})

    def former(self, index: int) -> str:
        return ldif.add(f"uid=x{index},ou=former,ou=people,{self.suffix}", {
            "objectClass": "inetOrgPerson", "cn": f"Ex {index}", "givenName": "Ex", "sn": str(index),
            "telephoneNumber": f"+49 30 9018-{1000 + index}"})

    def service(self, index: int) -> str:
        return ldif.add(f"uid=svc{index},ou=services,{self.suffix}", {
            "objectClass": ["account", "extensibleObject"], "telephoneNumber": f"+49 30 9018-{1900 + index}"})

    def switchboard(self) -> str:
        return ldif.add(f"uid=zentrale,ou=berlin,ou=people,{self.suffix}", {
            "objectClass": "inetOrgPerson", "cn": "Zentrale", "sn": "Zentrale", "givenName": "Berlin",
            "telephoneNumber": "+49 30 9018-1999"})

    def group(self, members: list[str]) -> str:
        return ldif.add(f"cn=phones,ou=groups,{self.suffix}", {"objectClass": "groupOfNames", "member": members})


class ActiveDirectoryShape(OpenLDAPShape):
    """Sites are OUs with an OU of users in each; accounts are disabled by userAccountControl."""

    suffix = "DC=example,DC=com"
    units = ["OU=Berlin", "OU=Users,OU=Berlin", "OU=Hamburg", "OU=Users,OU=Hamburg", "OU=Former employees", "OU=Contacts",
             "OU=Phone groups", "OU=Service accounts"]

    def dn(self, person: Person) -> str:
        return f"CN={person.first} {person.last} {person.id},OU=Users,OU={person.site},{self.suffix}"

    def user(self, dn: str, name: str, **more: str) -> str:
        return ldif.add(dn, filled({
            "objectClass": "user", "sAMAccountName": name, "userPrincipalName": f"{name}@example.com",
            # A normal account that may be without a password.
            "userAccountControl": "544"} | more))

    def person(self, person: Person) -> str:
        return self.user(
            self.dn(person), person.id, displayName=f"{person.first} {person.last}", givenName=person.first, sn=person.last,
            mail=person.mail, telephoneNumber=person.written, mobile=person.mobile,
            userAccountControl="546" if person.is_disabled else "544")

    def partner(self, partner: Partner, index: int) -> str:
        return ldif.add(f"CN=Partner {index},OU=Contacts,{self.suffix}", {
            "objectClass": "contact", "givenName": partner.first, "sn": partner.last, "company": partner.company,
            "telephoneNumber": partner.number})

    def former(self, index: int) -> str:
        return self.user(
            f"CN=Ex {index},OU=Former employees,{self.suffix}", f"x{index}", givenName="Ex", sn=str(index),
            telephoneNumber=f"+49 30 9018-{1000 + index}")

    def service(self, index: int) -> str:
        return self.user(
            f"CN=svc{index},OU=Service accounts,{self.suffix}", f"svc{index}", telephoneNumber=f"+49 30 9018-{1900 + index}")

    def switchboard(self) -> str:
        return self.user(
            f"CN=Zentrale,OU=Users,OU=Berlin,{self.suffix}", "zentrale", givenName="Berlin", sn="Zentrale",
            telephoneNumber="+49 30 9018-1999")

    def group(self, members: list[str]) -> str:
        return ldif.add(f"CN=Phones,OU=Phone groups,{self.suffix}", {
            "objectClass": "group", "sAMAccountName": "Phones", "member": members})


def filled(attributes: dict[str, object]) -> dict[str, object]:
    """An empty attribute isn't there."""
    return {name: value for name, value in attributes.items() if value != ""}


def records(shape: OpenLDAPShape, everybody: list[Person]) -> list[str]:
    members = [shape.dn(person) for person in everybody if person.is_member]
    return [
        *(shape.unit(name) for name in shape.units), *(shape.person(person) for person in everybody), shape.switchboard(),
        *(shape.partner(partner, index) for index, partner in enumerate(partners())),
        *(shape.former(index) for index in range(12)), *(shape.service(index) for index in range(5)), shape.group(members)]
