"""Plots as SVG, drawn for light and dark pages alike."""

import math

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 40, 50
COLOURS = ["#2f6fde", "#d9822b", "#8a8f98", "#3a9d5d"]
INK = "#808080"


def lines(title, unit, series):
    """Lines over the number of people, both axes logarithmic. `series` has lists of (people, value) by name."""
    points = [point for row in series.values() for point in row]
    across = axis([people for people, _ in points], LEFT, WIDTH - RIGHT)
    up = axis([value for _, value in points], HEIGHT - BOTTOM, TOP)
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


def bars(title, unit, values):
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


def axis(values, start, end):
    """Places a value between two edges, by the powers of ten around all values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)

    def place(value):
        return start + (math.log10(value) - low) / (high - low) * (end - start)

    place.powers = range(low, high + 1)
    return place


def legend(series):
    for index, (colour, name) in enumerate(zip(COLOURS, series)):
        y = TOP + 14 + index * 22
        yield f'<rect x="{WIDTH - RIGHT + 16}" y="{y - 10}" width="12" height="12" fill="{colour}"/>'
        yield text(WIDTH - RIGHT + 34, y, name)


def text(x, y, words, anchor="start", weight="normal"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{words}</text>'


def document(height, parts):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="13" fill="{INK}">\n' + "\n".join(parts) + "\n</svg>\n"
    )
