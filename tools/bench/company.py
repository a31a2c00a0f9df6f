"""A made-up company as LDIF, of any size and the same each time: who, in which generation of their names, under which id.

The ids are in the LDIF, so a directory that is loaded again has the same people in it and not others of the same name.
"""

from ..servers.server import SUFFIX

PEOPLE = f"ou=people,{SUFFIX}"
FIRST = ["Jürgen", "Ayşe", "Łukasz", "Maria", "Seán", "Zoë", "Karl", "Ünal", "Nguyễn", "Ana"]
LAST = ["Müller", "O'Brien", "Kowalczyk", "Yılmaz", "Schröder", "Novák", "García", "Weiß", "Jensen", "Smith"]


class Company:
    def __init__(self, size: int) -> None:
        self.size = size
        # So many digits that each has a number of their own and none begins with zero.
        self.digits = len(str(size)) + 1
        self.first_number = 10 ** (self.digits - 1)
        # A phone number has at most 15 digits (ITU-T E.164).
        self.trunk = "49 30 9018" if self.digits < 8 else "49 30"

    def number(self, n: int) -> int:
        return self.first_number + n

    def fields(self, n: int, generation: int = 0) -> tuple[str, str, str, str, str]:
        """What the PBX is to hold: number, e-mail, first name, last name, caller id."""
        # Knuth's multiplicative hash scatters the names, and gives the same ones each time.
        draw = n * 2654435761 % 2**32 >> 8
        first, last = FIRST[draw % 10], LAST[draw // 10 % 10]
        married = f"-{LAST[(draw // 100 + generation) % 10]} {generation}" if generation else ""
        return (
            str(self.number(n)), f"person{n}@example.com", first, f"{last}{married} {n % 1000}",
            f"{self.trunk.replace(' ', '')}{self.number(n)}")

    def entry(self, n: int, generation: int = 0) -> str:
        number, mail, first, last, _ = self.fields(n, generation)
        return (
            f"dn: uid=p{n},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: {first} {last}\ngivenName: {first}\n"
            f"sn: {last}\nmail: {mail}\ntelephoneNumber: +{self.trunk} {number}\nemployeeNumber: {n}\n"
            f"entryUUID: 6d70616e-0000-4000-8000-{n:012x}\n\n"
        )

    def write_ldif(self, path: str, generation: int = 0) -> None:
        with open(path, "w") as file:
            file.write(f"dn: {SUFFIX}\nobjectClass: organization\nobjectClass: dcObject\ndc: example\no: Example\n\n")
            file.write(f"dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n\n")
            for n in range(self.size):
                file.write(self.entry(n, generation))

    def changes(self, count: int, generation: int) -> str:
        """LDIF for ldapmodify(1) that gives so many people, spread over all, new last names."""
        step = self.size // count
        return "".join(
            f"dn: uid=p{n},{PEOPLE}\nchangetype: modify\nreplace: sn\nsn: {self.fields(n, generation)[3]}\n\n"
            for n in range(0, step * count, step)
        )

    def leaver(self) -> str:
        """LDIF for ldapmodify(1) that removes somebody."""
        return f"dn: uid=p{self.size // 2},{PEOPLE}\nchangetype: delete\n\n"

    def write_csv(self, folder: str, rows: int = 250_000) -> list[str]:
        """The PBX's table of extensions, in parts that `pbxsyncd adopt --csv` takes. Returns their paths."""
        paths = []
        for start in range(0, self.size, rows):
            paths.append(f"{folder}/extensions-{start}.csv")
            with open(paths[-1], "w") as file:
                file.write("ExtentionNumber,EmailAddress,FirstName,LastName,OutboundCallerID\n")
                for n in range(start, min(self.size, start + rows)):
                    file.write(",".join(self.fields(n)) + "\n")
        return paths
