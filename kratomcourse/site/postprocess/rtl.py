"""The site's style sheet for a language that is read from right to left: left and right change
places.

The theme says left and right, so its rules are turned here, in the sheet of such a language alone.
Rules that begin with `[dir=rtl]` are the course's own for these languages: they stay as they are,
and the sheet of any other language does without them."""

import re
from typing import Any

import tinycss2

from ...i18n import direction, language
from .css_treeshake import split

OWN = "[dir=rtl]"
RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
SIDE = re.compile(r"(?<![\w-])((?:[a-z]+-)*)(left|right)(?![\w(])")
FOUR = re.compile(r"(?:scroll-)?(?:margin|padding)|border-(?:width|style|color)|inset")
WORDS = (
    "text-align",
    "float",
    "clear",
    "justify-content",
    "transition",
    "background",
    "background-position",
    "transform-origin",
    "object-position",
)
PART = re.compile(r"(?:[^\s(,]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+")


def turned(css: str, code: str | None = None) -> str:
    """A minified sheet as the direction of the language wants it; `code` is the language of the
    build unless it is given.
    """
    rightward = direction(code or language()) == "rtl"

    def look(match: re.Match[str]) -> Any:
        selector, body = match[1], match[2]
        if selector.startswith(OWN):
            return match[0] if rightward else ""
        return (
            f"{selector}{{{mirrored(body)}}}"
            if rightward and not selector.startswith("@font-face")
            else match[0]
        )

    return RULE.sub(look, css)


def mirrored(body: str) -> str:
    """The declarations of one rule with left and right exchanged."""
    declarations = []
    for one in tinycss2.parse_blocks_contents(body, skip_comments=True, skip_whitespace=True):
        if one.type != "declaration":
            declarations.append(one.serialize())
            continue
        name, value = swapped(one.name, tinycss2.serialize(one.value).strip())
        declarations.append(f"{name}:{value}{'!important' if one.important else ''}")
    return ";".join(declarations)


def swapped(name: str, value: str) -> tuple[Any, ...]:
    """(name, value) of a declaration on the other side."""
    if name.startswith("--"):
        return name, value
    parts = PART.findall(value)
    if FOUR.fullmatch(name) and len(parts) == 4:
        value = " ".join((parts[0], parts[3], parts[2], parts[1]))
    elif name == "border-radius" and "/" not in value and len(parts) > 1:
        first, second, third, fourth = (
            (*parts, *parts)[:4] if len(parts) % 2 == 0 else (*parts, parts[1])
        )
        value = " ".join((second, first, fourth, third))
    elif name == "box-shadow":
        value = ",".join(
            re.sub(r"^((?:inset )?)(\S+)", lambda match: match[1] + opposite(match[2]), layer)
            for layer in split(value)
        )
    elif name == "transform":
        value = re.sub(
            r"\b(translateX?|rotate)\(([^,()]+)",
            lambda match: f"{match[1]}({opposite(match[2])}",
            value,
        )
    elif name in WORDS and "url(" not in value:
        value = SIDE.sub(lambda match: f"{match[1]}{other(match[2])}", value)
    return re.sub(r"(?:^|(?<=-))(left|right)(?=-|$)", lambda match: other(match[1]), name), value


def other(side: str) -> str:
    """The opposite side."""
    return "right" if side == "left" else "left"


def opposite(length: str) -> Any:
    """A length or an angle in the other direction; words such as `none` stay."""
    if re.fullmatch(r"0[a-z%]*|[a-z-]+|var\(.*", length):
        return length
    if length.startswith("calc(-1*"):
        return length.removeprefix("calc(-1*")[:-1]
    if re.match(r"[-+]?[\d.]+[a-z%]*$", length):
        return length[1:] if length.startswith("-") else f"-{length}"
    return f"calc(-1*{length})"
