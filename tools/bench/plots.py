"""Plots as SVG, drawn for light and dark pages alike."""

import math
from collections.abc import Iterator

#: A list of (people, value) for each name.
Series = dict[str, list[tuple[float, float]]]

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 40, 50
COLOURS = ["#2f6fde", "#d9822b", "#8a8f98", "#3a9d5d"]
INK = "#808080"


def lines(title: str, unit: str, series: Series) -> str:
    """Lines over the number of people, both axes logarithmic. `series` has lists of (people, value) by name."""
    points = [point for row in series.values() for point in row]
    across = Axis([people for people, _ in points], LEFT, WIDTH - RIGHT)
    up = Axis([value for _, value in points], HEIGHT - BOTTOM, TOP)
    parts = [text(LEFT, 20, f"{title} ({unit})", weight="bold")]
    for power in across.powers:
        parts.append(text(across(10**power), HEIGHT - BOTTOM + 20, f"{10**power:,}", anchor="middle"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "people", anchor="middle"))
    for power in up.powers:
        y = up(10**power)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{INK}" stroke-opacity=".3"/>')
        parts.append(text(LEFT - 8, y + 4, f"{10.0**power:g}", anchor="end"))
    for colour, (name, row) in zip(COLOURS, series.items()):
        places = [(across(people), up(value)) for people, value in sorted(row)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    parts += legend(series)
    return document(HEIGHT, parts)


def bars(title: str, unit: str, values: dict[str, float]) -> str:
    """A bar for each name."""
    height, room = 34, WIDTH - 300
    parts = [text(20, 20, f"{title} ({unit})", weight="bold")]
    for index, (name, value) in enumerate(values.items()):
        y = 40 + index * height
        colour = COLOURS[0] if name.startswith("pbxsyncd") else COLOURS[2]
        parts.append(text(180, y + 16, name, anchor="end"))
        parts.append(
            f'<rect x="190" y="{y}" width="{value / max(values.values()) * room:.1f}" height="22" fill="{colour}"/>')
        parts.append(text(196 + value / max(values.values()) * room, y + 16, f"{value:.2f}"))
    return document(50 + height * len(values), parts)


class Axis:
    """Places a value between two edges, by the powers of ten around all values."""

    def __init__(self, values: list[float], start: float, end: float) -> None:
        self.start, self.end = start, end
        self.low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        self.high = max(high, self.low + 1)
        self.powers = range(self.low, self.high + 1)

    def __call__(self, value: float) -> float:
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)


def legend(series: Series) -> Iterator[str]:
    for index, (colour, name) in enumerate(zip(COLOURS, series)):
        y = TOP + 14 + index * 22
        yield f'<rect x="{WIDTH - RIGHT + 16}" y="{y - 10}" width="12" height="12" fill="{colour}"/>'
        yield text(WIDTH - RIGHT + 34, y, name)


def text(x: float, y: float, words: str, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{words}</text>'


def document(height: int, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="13" fill="{INK}">\n' + "\n".join(parts) + "\n</svg>\n"
    )
