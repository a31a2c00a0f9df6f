"""The figures as tables: for the terminal, and in Markdown for the documentation."""

from collections.abc import Iterable, Iterator

from .rounds import STEPS, AllFigures
from .targets import Results, middle, reached, targets

#: The first is the head.
Rows = Iterable[list[str]]

COLUMNS = [
    ("wall s", "wall_s", "{:.2f}"), ("CPU s", "cpu_s", "{:.2f}"), ("peak MiB", "peak_mib", "{:.0f}"),
    ("instructions", "instructions", "{:.3g}"), ("requests", "requests", "{:.0f}"),
    ("loopback MiB", "loopback_mib", "{:.2f}"), ("fsyncs", "fsyncs", "{:.0f}"), ("PBX's CPU s", "pbx_cpu_s", "{:.2f}"),
]


def all_of(results: Results) -> Iterator[tuple[str, Rows]]:
    """Every table with its title, the targets first."""
    yield "Targets", of_targets(results)
    for size, figures in sorted(results["people"].items(), key=lambda it: int(it[0])):
        yield title_of(size), of_size(figures)
    if results.get("daemon"):
        yield "The daemon", of_daemon(results)


def title_of(size: str) -> str:
    return f"{int(size):,} people"


def of_targets(results: Results) -> Rows:
    yield ["target", "wanted", "measured", "reached"]
    for what, sense, limit, value, unit in targets(results):
        measured = "-" if value is None else f"{value:.2f} {unit}" if value < 10 else f"{value:.0f} {unit}"
        yield [what, f"{sense} {limit:g} {unit}", measured, reached(sense, limit, value)]


def of_size(figures: AllFigures) -> Rows:
    """A column in which nothing was counted is left out."""
    rows = [(step, who) for step in STEPS for who in figures.get(step, {})]
    values = {title: [middle(figures, *row, key) for row in rows] for title, key, _ in COLUMNS}
    shown = [(title, form) for title, _, form in COLUMNS if any(value is not None for value in values[title])]
    yield ["step", "by", *(title for title, _ in shown)]
    for index, row in enumerate(rows):
        cells = [(form, values[title][index]) for title, form in shown]
        yield [*row, *("" if value is None else form.format(value) for form, value in cells)]


def of_daemon(results: Results) -> Rows:
    it = results["daemon"]
    yield ["figure", "value"]
    yield ["the package", f"{it['package_bytes'] / 2**20:.1f} MiB"]
    yield ["the program, Swift's runtime inside", f"{it['program_bytes'] / 2**20:.1f} MiB"]
    yield ["start to end of --version", f"{it['start_ms']:.1f} ms"]
    yield ["the same of /bin/true, of a bare Python", f"{it['true_ms']:.1f} ms, {it['python_ms']:.1f} ms"]
    yield ["start to first LDAP packet", f"{it['first_packet_ms']:.1f} ms"]
    yield ["resident when idle", f"{it['rss_bytes'] / 2**20:.1f} MiB"]
    yield ["its own of that, not the libraries'", f"{it['private_bytes'] / 2**20:.1f} MiB"]
    yield ["wake-ups a minute", f"{it['wakeups_per_minute']:.0f}"]
    yield ["CPU a minute", f"{it['cpu_ms_per_minute']:.0f} ms"]
    for size, cost in (results.get("changes") or {}).items():
        yield [f"CPU of a notified change, among {int(size):,}", f"{cost:.2f} ms"]


def plain(rows: Rows) -> str:
    columns = [list(column) for column in zip(*rows)]
    for column in columns:
        width = max(map(len, column))
        is_number = all(text[-1:].isdigit() or not text for text in column[1:])
        column[:] = [text.rjust(width) if is_number else text.ljust(width) for text in column]
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns))


def markdown(rows: Rows) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
