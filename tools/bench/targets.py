"""What pbxsyncd is to keep to, and whether it does: each target with the ratio or figure that was measured for it."""

import statistics
from typing import Any

from .rounds import CURL_SINGLE, FIRST, LDAPSEARCH, PBXSYNCD, PLAIN, QUIET, SINGLE, SLOW, WAITS, AllFigures

#: All that was measured, as .build/bench.json has it.
Results = dict[str, Any]
#: What is measured, its sense, the limit, the measured value and the unit.
Target = tuple[str, str, float, float | None, str]


def targets(results: Results) -> list[Target]:
    """Rows of what is measured, the limit, its sense (at most or at least), the measured value or None, and the unit."""
    people, daemon, changes = results.get("people", {}), results.get("daemon") or {}, results.get("changes") or {}

    def ratio(size: int, step: str, one: str, other: str, figure: str = "wall_s") -> float | None:
        return of_rounds(people.get(str(size)), step, one, other, figure)

    def peak(size: int, step: str = QUIET) -> float | None:
        return middle(people.get(str(size)), step, PBXSYNCD, "peak_mib")

    growth = None
    if all(str(size) in people for size in (100_000, 1_000_000)):
        small, large = (middle(people[str(size)], QUIET, PBXSYNCD, "wall_s") for size in (100_000, 1_000_000))
        growth = large / small if large and small else None
    size = people.get("100000")
    quiet, waits = (middle(size, step, PBXSYNCD, "cpu_s") for step in (QUIET, WAITS))
    change = changes.get("100000") and changes.get("1000") and changes["100000"] / changes["1000"]
    most, least = "at most", "at least"
    return [
        ("no change, 100,000 people: wall / ldapsearch", most, 1.2, ratio(100_000, QUIET, PBXSYNCD, LDAPSEARCH), "x"),
        ("no change, 100,000 people: peak memory", most, 64, peak(100_000), "MiB"),
        ("no change, 1,000,000 people: peak memory", most, 64, peak(1_000_000), "MiB"),
        ("first load, 100,000 people: peak memory", most, 64, peak(100_000, FIRST), "MiB"),
        ("no change, 1,000,000 people: wall / 100,000 people", most, 11, growth, "x"),
        ("first load, 10,000 one by one: wall / curl one by one", most, 1.1,
         ratio(10_000, FIRST, SINGLE, CURL_SINGLE), "x"),
        ("first load, 10,000 in batches: curl one by one / wall", least, 3,
         ratio(10_000, FIRST, CURL_SINGLE, PBXSYNCD), "x"),
        ("first load, a PBX that takes 10 ms, one by one: wall / curl one by one", most, 1.1,
         ratio(10_000, SLOW, SINGLE, CURL_SINGLE), "x"),
        ("first load, a PBX that takes 10 ms, in batches: curl one by one / wall", least, 3,
         ratio(10_000, SLOW, CURL_SINGLE, PBXSYNCD), "x"),
        ("no change, 100,000 people: the plain script's CPU / ours", least, 10,
         ratio(100_000, QUIET, PLAIN, PBXSYNCD, "cpu_s"), "x"),
        ("no change, 100,000 people: the plain script's memory / ours", least, 5,
         ratio(100_000, QUIET, PLAIN, PBXSYNCD, "peak_mib"), "x"),
        ("a leaver waits, 100,000 people: CPU / no change", most, 1.5, waits and quiet and waits / quiet, "x"),
        ("one notified change: CPU among 100,000 / among 1,000", most, 2, change, "x"),
        ("idle, poll 60s: its own memory", most, 20, mebi(daemon.get("private_bytes")), "MiB"),
        ("idle, poll 60s: wake-ups", most, 1, per_second(daemon.get("wakeups_per_minute")), "a second"),
        ("start to first LDAP packet", most, 30, daemon.get("first_packet_ms"), "ms"),
    ]


def reached(sense: str, limit: float, value: float | None) -> str:
    if value is None:
        return "not measured"
    return "yes" if (value <= limit if sense == "at most" else value >= limit) else "no"


def middle(size: AllFigures | None, step: str, who: str, figure: str) -> float | None:
    """The median over the runs; None where it wasn't measured."""
    runs = (size or {}).get(step, {}).get(who, [])
    values = [it[figure] for it in runs if it.get(figure) is not None]
    return statistics.median(values) if values else None


def of_rounds(size: AllFigures | None, step: str, one: str, other: str, figure: str) -> float | None:
    """The median of the ratios within each turn, so that a slow moment of the machine counts in both."""
    runs = (size or {}).get(step, {})
    pairs = [(a[figure], b[figure]) for a, b in zip(runs.get(one, []), runs.get(other, []))]
    return statistics.median(a / b for a, b in pairs if b) if pairs else None


def mebi(count: float | None) -> float | None:
    return count and count / 2**20


def per_second(count: float | None) -> float | None:
    return None if count is None else count / 60
