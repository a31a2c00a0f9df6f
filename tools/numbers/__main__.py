"""Renews Tests/MappingTests/Numbers.tsv: telephone numbers as people write them, and what each must be read as.

The numbers are libphonenumber's own examples (examples.cpp). What they must be read as is put together
here of facts that the program under test has no part in: E.164 is the example's country code and national number, one
behind the other; the dialled form is the trunk prefix of the table below and the national number; an extension is the
last digits. The table below is from the countries' numbering plans, as the ITU publishes them (E.129).

Usage: python3 -m tools.numbers
"""
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
#: A row of the table, by its columns.
Row = list[str]

# Country: code, what is dialled before a national number, what is dialled before another country's code.
PLANS = {
    "DE": ("49", "0", "00"), "AT": ("43", "0", "00"), "CH": ("41", "0", "00"), "LI": ("423", "", "00"),
    "FR": ("33", "0", "00"), "BE": ("32", "0", "00"), "NL": ("31", "0", "00"), "LU": ("352", "", "00"),
    "IT": ("39", "", "00"), "ES": ("34", "", "00"), "PT": ("351", "", "00"), "GR": ("30", "", "00"),
    "GB": ("44", "0", "00"), "IE": ("353", "0", "00"), "DK": ("45", "", "00"), "NO": ("47", "", "00"),
    "SE": ("46", "0", "00"), "FI": ("358", "0", "00"), "IS": ("354", "", "00"), "EE": ("372", "", "00"),
    "LV": ("371", "", "00"), "PL": ("48", "", "00"), "CZ": ("420", "", "00"), "SK": ("421", "0", "00"),
    "HU": ("36", "06", "00"), "RO": ("40", "0", "00"), "BG": ("359", "0", "00"), "HR": ("385", "0", "00"),
    "SI": ("386", "0", "00"), "RS": ("381", "0", "00"), "TR": ("90", "0", "00"), "UA": ("380", "0", "00"),
    "RU": ("7", "8", "810"), "US": ("1", "", "011"), "CA": ("1", "", "011"), "JP": ("81", "0", "010"),
    "CN": ("86", "0", "00"), "IN": ("91", "0", "00"), "AU": ("61", "0", "0011"), "NZ": ("64", "0", "00"),
    "ZA": ("27", "0", "00"), "IL": ("972", "0", "00"), "AE": ("971", "0", "00"), "EG": ("20", "0", "00"),
    "KE": ("254", "0", "000"), "NG": ("234", "0", "009"), "MA": ("212", "0", "00"), "TN": ("216", "", "00"),
    "DZ": ("213", "0", "00"), "SA": ("966", "0", "00"), "QA": ("974", "", "00"), "KW": ("965", "", "00"),
    "JO": ("962", "0", "00"), "PK": ("92", "0", "00"), "LK": ("94", "0", "00"),
    "MY": ("60", "0", "00"), "VN": ("84", "0", "00"), "AM": ("374", "0", "00"),
    "AL": ("355", "0", "00"), "BA": ("387", "0", "00"), "ME": ("382", "0", "00"),
    "MK": ("389", "0", "00"), "MD": ("373", "0", "00"), "MT": ("356", "", "00"), "CY": ("357", "", "00"),
    "VE": ("58", "0", "00"), "PA": ("507", "", "00"), "GT": ("502", "", "00"),
}

# Mobile numbers that are dialled as they are, though others of the country have digits in front.
BARE_MOBILES = {"CN"}

# In these, every national number has one length, so one digit less and four more make none.
CLOSED = {"FR": 9, "ES": 9, "PT": 9, "GR": 10, "DK": 8, "CZ": 9, "US": 10, "CA": 10, "LV": 8}

# What people call an extension, and what they write around it.
EXTENSIONS = [" x{}", " ext. {}", " App. {}", ", Durchwahl {}", " DW {}", ";ext={}", ",,{}#", " (Nst. {})", " #{}"]

# Telephone numbers as they stand in directories: country, area code, as written, E.164, as dialled.
WRITINGS = [
    ("DE", "", "Tel.: 030 901840", "+4930901840", "030901840"),
    ("DE", "", "+49 30 901840 App. 12", "+4930901840", "030901840"),
    ("DE", "", "+49 30 90181016,,1234#", "+493090181016", "03090181016"),
    ("DE", "", "+49 30 9018-0 ext. 1234", "+493090180", "03090180"),
    ("DE", "", "+49 (0) 30 / 90 18 - 40", "+4930901840", "030901840"),
    ("DE", "", "030/901840", "+4930901840", "030901840"), ("DE", "", "(030) 90 18 40", "+4930901840", "030901840"),
    ("DE", "", "0800 FLOWERS", "+498003569377", "08003569377"),
    ("DE", "30", "9018-1104", "+493090181104", "03090181104"),
    ("US", "", "1-800-FLOWERS", "+18003569377", "8003569377"),
    ("US", "", "1-800-GO-FEDEX", "+18004633339", "8004633339"),
    ("US", "", "(212) 555-0142 x17", "+12125550142", "2125550142"),
    ("AT", "", "+43 1 58858 DW 17", "+43158858", "0158858"), ("AT", "", "+43/1/58858", "+43158858", "0158858"),
    ("CH", "", "041 410 12 34", "+41414101234", "0414101234"), ("FR", "", "01.42.68.53.00", "+33142685300", "0142685300"),
    ("BE", "", "02/555.12.12", "+3225551212", "025551212"), ("RU", "", "8 (495) 123-45-67 доб. 12", "+74951234567", "84951234567"),
    ("IT", "", "06/69812345", "+390669812345", "0669812345"), ("GB", "", "+44 (0)20 7946 0018", "+442079460018", "02079460018"),
    ("JP", "", "03-1234-5678 内線12", "+81312345678", "0312345678"),
]

# Written under a country and an area code, and why it is no number.
BAD = [
    ("DE", "n/a"), ("DE", "-"), ("DE", "unbekannt"), ("DE", "siehe Zentrale"), ("DE", "+"), ("DE", "+49"), ("DE", "1"),
    ("DE", "+999 30 123456"), ("DE", "+49 0"), ("DE", "1" * 200), ("DE", "+49 30 " + "7" * 200), ("DE", "☎"),
    ("DE", "030 901840 Fax"), ("DE", "0171 3920012 Mobil"), ("DE", "+49 30 901840 bis 29"),
    ("DE", "+49 30 901840 (Mo-Fr 8-16)"), ("DE", "030 901840/41"), ("DE", "030 901840-20/21"),
    ("DE", "030-90 18 47 / 48"), ("DE", "+49 30 9018-1101 / 1102"), ("DE", "030 9O184O"), ("DE", "0 49 30 901840"),
    ("DE", "1014"), ("DE", "9018-1104"), ("DE", "112"), ("DE", "030 901840, 030 901841"), ("DE", "030 9018-(0)1104"),
    ("DE", "030 901840 oder 0171 3920012"), ("DE", "0 030 901840"), ("DE", "ext. 17"), ("AT", "133"), ("CH", "117"),
    ("FR", "15"), ("GB", "999"), ("IT", "113"), ("US", "911"), ("PL", "997"), ("ES", "112"), ("NO", "1014"),
    ("US", "1014"), ("IT", "1014"), ("PL", "1014"), ("AT", "1014"), ("CH", "1014"), ("FR", "1014"), ("GB", "1014"),
    ("DE", "anna@example.com"), ("DE", "00"), ("DE", "+800"), ("AT", "(01)"), ("FR", "+33"), ("US", "011"),
    ("US", "911 please"), ("GB", "ext. 17"), ("DE", "+210 123456"), ("DE", "+49 30 x"), ("PL", "+48 12"),
    ("PL", "+48 12 ab"), ("IT", "+39"), ("ES", "(+34)"),
]


def spaced(digits: str) -> str:
    """Digits in threes, the last group of four at most."""
    groups = []
    while len(digits) > 4:
        groups.append(digits[:3])
        digits = digits[3:]
    return " ".join(groups + [digits])


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)


def rows_of(region: str, kind: str, code: str, number: str, area_length: int) -> Iterator[Row]:
    plan, trunk, abroad = PLANS[region]
    assert plan == code, (region, plan, code)
    e164, dialled = f"+{code}{number}", ("" if kind == "mobile" and region in BARE_MOBILES else trunk) + number
    area, local = number[:area_length], number[area_length:]

    def row(
        written: str, home: str = region, area_code: str = "", ddi: str = "", extension: str = "", as_dialled: str = dialled
    ) -> Row:
        return [home, area_code, ddi, written, e164, as_dialled, extension]

    yield row(f"+{code} {spaced(number)}")
    yield row(f"{abroad}{code} {spaced(number)}")
    yield row(f"{trunk}{number}")
    if area_length:
        yield row(f"({trunk}{area}) {local[:3]}-{local[3:]}")
        yield row(f"{trunk}{area}/{spaced(local)}")
    else:
        yield row(f"{trunk}{spaced(number)}".replace(" ", "-"))
    yield row(f"Tel.: +{code} {spaced(number)}")
    for form in EXTENSIONS[len(number + region) % 3 + (kind == "mobile")::3]:
        yield row(f"+{code} {spaced(number)}" + form.format(17))
    for tail in [" Fax", f"/{number[-2:]}", f" / +{code} {number}", " bis 29"][kind == "mobile"::2]:
        yield [region, "", "", f"{trunk}{area} {spaced(local)}{tail}", "-", "-", ""]
    yield row(f"+{code}.{number} ext. 17" if kind == "fixed" else f"tel:+{code}-{number}")
    if trunk == "0":
        yield row(f"+{code} (0){spaced(number)}")
    if kind == "fixed":
        # From the other side of a border.
        home, prefix = ("US", "011") if code != "1" else ("DE", "00")
        yield row(f"+{code} {spaced(number)}", home=home, as_dialled=prefix + code + number)
        if area_length and trunk:
            yield row(f"{local[:3]}-{local[3:]}", area_code=area)
        stem, extension = number[:-3], number[-3:]
        yield row(f"+{code} {stem}-{extension}", ddi=f"+{code} {stem} 000-999", extension=extension)
        yield row(f"{trunk}{stem} {extension}", ddi=f"+{code} {stem} 000-999 = 7000-7999", extension="7" + extension)
    else:
        yield row(wide(f"+{code}{number}"))


def examples() -> Iterator[tuple[str, str, str, str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        source = FOLDER / "examples.cpp"
        subprocess.run(["g++", "-std=c++17", source, "-o", f"{folder}/examples", "-lphonenumber"], check=True)
        lines = subprocess.run([f"{folder}/examples"], check=True, capture_output=True, text=True).stdout.splitlines()
    for region, kind, code, number, area_length in (line.split("\t") for line in lines):
        if region in PLANS:
            yield region, kind, code, number, int(area_length)


def table() -> Iterator[Row]:
    yield ["country", "area", "ddi", "written", "e164", "dialled", "extension"]
    for example in examples():
        yield from rows_of(*example)
        region, kind, code, number, _ = example
        if kind == "fixed" and region in CLOSED:
            assert len(number) == CLOSED[region], example
            yield [region, "", "", f"+{code} {number}1234", "-", "-", ""]
            yield [region, "", "", f"+{code} {number[:-1]}", "-", "-", ""]
    for country, area, written, e164, dialled in WRITINGS:
        yield [country, area, "", written, e164, dialled, ""]
    for country, written in BAD:
        yield [country, "", "", written, "-", "-", ""]


def main() -> None:
    # Two forms of one number may be the same.
    rows = list(dict.fromkeys("\t".join(row) + "\n" for row in table()))
    (ROOT / "Tests/MappingTests/Numbers.tsv").write_text("".join(rows), encoding="utf-8")
    print(f"{len(rows) - 1} numbers of {len({row.split(chr(9))[0] for row in rows[1:]})} countries")


if __name__ == "__main__":
    main()
