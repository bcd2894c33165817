"""An edition's colours: which may change, and whether text keeps its contrast (WCAG 2.2, AA)."""

import re
from collections.abc import Iterator

from ..errors import Diagnostic, did_you_mean
from .edition_file import Edition

TOKENS = "kratomcourse/site/static/tokens.css"
# Red is for an emergency, and the colours of data and of marking mean something.
MAY_CHANGE = (
    "paper",
    "surface",
    "sunk",
    "line",
    "edge",
    "ink",
    "ink2",
    "ink3",
    "link",
    "linkbg",
    "flower",
    "flowerbg",
    "flowerink",
)
VALUE = re.compile(r"--([a-z0-9]+):(#[0-9A-Fa-f]{6});")
# The table at the head of the style sheet: what, pair, ratios, and the ratio that is needed.
PAIR = re.compile(
    r"^ +(?P<what>\S.*?) {2,}(?P<front>\w+) on (?P<back>\w+) .*needs (?P<least>[\d.]+)$", re.M
)
DARK = 'html[data-theme="dark"]{'
MODES = ("light", "dark")


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, from 0 to 1."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def palettes(sheet: str) -> dict[str, dict[str, str]]:
    """Return {mode: {name: colour}} of a style sheet."""
    light, _, dark = sheet.partition(DARK)
    found = {"light": dict(VALUE.findall(light))}
    found["dark"] = {**found["light"], **dict(VALUE.findall(dark.partition("\n}")[0]))}
    return found


def check_colours(edition: Edition, sheet: str) -> list[Diagnostic]:
    """Return a diagnostic for each colour that may not change, and each pair too close to read."""
    problems = []
    for name in edition.fields.colours:
        if name not in MAY_CHANGE:
            hint = did_you_mean(name, MAY_CHANGE) or f"use one of: {', '.join(MAY_CHANGE)}"
            message = f"the colour '{name}' is not one that an edition may change."
            problems.append(edition.problem(f"colours.{name}", message, hint, "colours"))
    return problems or list(too_close(edition, sheet))


def too_close(edition: Edition, sheet: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each pair of colours, of the edition's among them, that fails AA."""
    own = edition.fields.colours
    pairs = [match.groupdict() for match in PAIR.finditer(sheet)]
    for mode, palette in palettes(sheet).items():
        palette |= {name: getattr(colour, mode) for name, colour in own.items()}
        for pair in pairs:
            front, back, least = pair["front"], pair["back"], float(pair["least"])
            if front not in own and back not in own:
                continue
            ratio = contrast(palette[front], palette[back])
            if ratio < least:
                name = front if front in own else back
                yield edition.problem(
                    f"colours.{name}.{mode}",
                    f"{pair['what']} ({mode}): {front} {palette[front]} on {back} {palette[back]} "
                    f"has a contrast of {ratio:.2f}, and {least:g} is needed (WCAG AA).",
                    "make one of the two darker or lighter",
                    f"colours.{name}.{mode}",
                )


def coloured(edition: Edition, sheet: str) -> str:
    """Return the style sheet with the edition's colours."""
    light, sign, dark = sheet.partition(DARK)
    for name, colour in edition.fields.colours.items():
        declared = re.compile(rf"--{re.escape(name)}:#[0-9A-Fa-f]{{6}};")
        light = declared.sub(f"--{name}:{colour.light};", light)
        dark = declared.sub(f"--{name}:{colour.dark};", dark)
    return light + sign + dark
