"""A flower head: one floret for each person, place or row of a count, grouped from the middle out.

The head of kratom's flower is the course's mark. A head never stands alone: its numbers are written
beside it, because florets are felt and not counted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

RADIUS = 84.0  # of the florets; the rays stand around them
GOLDEN = math.radians(137.50776)  # the angle between one floret and the next
RAYS = 72
GAP = math.radians(9)  # without rays, where the stalk leaves


@dataclass(frozen=True)
class Group:
    """Florets of one kind: how many, and the class that gives them their colour."""

    count: int
    kind: str  # here, all, some, law1 to law3, rest or ring; see course.css


def flower_head(groups: Sequence[Group], label: str = "") -> str:
    """Draw a flower head as SVG.

    groups  : from the middle outwards; at least one floret in all
    label   : what is seen, for people who can't see it; empty where the words beside it say it all
    returns : an `svg` element without size
    raises  : ValueError for a count that is negative, or no floret at all
    """
    total = sum(group.count for group in groups)
    if total < 1 or any(group.count < 0 for group in groups):
        raise ValueError(f"a head needs florets, and has {[group.count for group in groups]}")
    size = min(2 * RADIUS * 0.82 / math.sqrt(total), 26.0)
    paths, first = [], 0
    for group in groups:
        places = range(first, first + group.count)
        first += group.count
        if group.count:
            path = "".join(floret(number, total) for number in places)
            paths.append(
                f'<path class="dots d-{group.kind}" stroke-width="{size:.1f}" d="{path}"/>'
            )
            if group.kind == "ring":
                inner = size - min(3.0, size / 3)
                paths.append(f'<path class="dots d-hole" stroke-width="{inner:.1f}" d="{path}"/>')
    named = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true" focusable="false"'
    pins, tips = rays()
    return (
        f'<svg class="flower" viewBox="-120 -120 240 250" {named}>'
        f'<path class="stalk" d="M0 92C2 108 -2 116 1 128"/>'
        f'<path class="pin" d="{pins}"/><path class="tip" d="{tips}"/>{"".join(paths)}</svg>'
    )


def floret(number: int, total: int) -> str:
    """A floret as a stroke of no length; round caps make a dot of it."""
    distance = (RADIUS - 4) * math.sqrt((number + 0.5) / total)
    angle = number * GOLDEN
    return f"M{distance * math.cos(angle):.1f} {distance * math.sin(angle):.1f}h0"


def rays() -> tuple[str, str]:
    """The pins around the florets and their thick tips, as two paths."""
    pins, tips = [], []
    for number in range(RAYS):
        angle = math.pi / 2 + GAP + number * (math.tau - 2 * GAP) / (RAYS - 1)
        reach = 104 + 5 * math.sin(number * 2.4)
        across, down = math.cos(angle), math.sin(angle)
        pins.append(f"M{91 * across:.1f} {91 * down:.1f}L{reach * across:.1f} {reach * down:.1f}")
        tips.append(
            f"M{reach * across:.1f} {reach * down:.1f}"
            f"L{(reach + 5) * across:.1f} {(reach + 5) * down:.1f}"
        )
    return "".join(pins), "".join(tips)
