"""The SVG of matplotlib, made fit for a page: text as text, colours as classes that the
page turns dark, no ids that could meet those of another figure, and half the bytes.
"""

import html
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from xml.etree import ElementTree

from .style import LIGHT
from .typeface import FAMILIES

SPACE = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
LONG_NUMBER = re.compile(r"-?\d+\.\d+")
# A circle as matplotlib writes it: eight Bézier curves around its centre.
CIRCLE = re.compile(r"M (\S+) (\S+) (?:C(?: \S+){6} ){8}z")
# What an element has in SVG without saying so.
BY_DEFAULT = {
    "stroke-linejoin": "miter",
    "stroke-linecap": "butt",
    "stroke-width": "1",
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "opacity": "1",
}
# A rectangle as `short` leaves it.
BOX = re.compile(r"M(\S+?) (\S+?)L(\S+?) \2L\3 (\S+?)L\1 \4(?:L\1 \2)?z")
MANY = 12  # circles of one kind that are written as one path


def for_page(svg: str, names: Mapping[str, str], name: str, alt: str, kind: str) -> str:
    """Return an SVG that can be within a page.

    svg     : text that matplotlib wrote with text as text
    names   : {colour: its name in the house style}; such a colour gets the class f-NAME (fill) or
              s-NAME (stroke) besides its light value, other colours stay as they are
    name    : prefix of ids, unique on a page
    alt     : its alternative text
    kind    : class of the picture, such as `wide`
    returns : the SVG as one line
    """
    root = ElementTree.fromstring(svg)
    box = root.get("viewBox", "")
    width, height = (round(float(number)) for number in box.split()[2:])
    body = "".join(Writer(root, names, name).write(root))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" viewBox="{box}" width="{width}" '
        f'height="{height}" role="img" aria-label="{html.escape(alt)}" '
        f'font-family="{FAMILIES}" stroke-linejoin="round">{body}</svg>'
    )


def tag_of(node: ElementTree.Element) -> str:
    return node.tag.removeprefix(SPACE)


def short(text: str) -> str:
    """Coordinates with one decimal, without spaces that no reader of SVG needs."""
    text = LONG_NUMBER.sub(
        lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), " ".join(text.split())
    )
    text = re.sub(r" ?([MLCQZzHV]) ?", r"\1", text.replace("-0 ", "0 "))
    box = BOX.fullmatch(text)
    if box:
        x, y, right, low = (float(box[n]) for n in (1, 2, 3, 4))
        text = f"M{box[1]} {box[2]}h{right - x:.1f}v{low - y:.1f}h{x - right:.1f}z"
    return text


class Writer:
    """Writes the elements of one picture."""

    def __init__(self, root: ElementTree.Element, names: Mapping[str, str], prefix: str) -> None:
        self.names, self.prefix = names, prefix
        self.marks = {node.get("id"): node for node in root.iter(f"{SPACE}path") if node.get("id")}
        self.clips = {
            node.get("id"): node for node in root.iter(f"{SPACE}clipPath") if node.get("id")
        }
        self.written: dict[str, str] = {}

    def write(self, node: ElementTree.Element) -> Iterator[str]:
        """Yield what is within an element, in order."""
        run: list[tuple[str, float, float, float]] = []
        for child in node:
            tag = tag_of(child)
            # A collection clips each of its marks by itself.
            alone = child[0] if tag == "g" and len(child) == 1 else child
            circle = self.circle(alone) if tag_of(alone) in ("use", "path") else None
            if circle and (not run or (run[-1][0] == circle[0] and run[-1][3] == circle[3])):
                run.append(circle)
                continue
            yield from circles(run)
            run = [circle] if circle else []
            if not circle:
                yield from self.element(child, tag)
        yield from circles(run)

    def element(self, node: ElementTree.Element, tag: str) -> Iterator[str]:
        if tag in ("defs", "metadata"):
            return
        if tag == "g":
            inner = "".join(self.write(node))
            clip = self.clip(node)
            if inner:
                yield from (clip[0], f"<g{clip[1]}>{inner}</g>") if clip[1] else (inner,)
        elif tag == "use":
            mark = self.marks[node.get(LINK, "")[1:]]
            place = f"{float(node.get('x', 0)):.1f} {float(node.get('y', 0)):.1f}"
            paint = self.paint(node.get("style") or mark.get("style"))
            yield f'<path transform="translate({place})" d="{short(mark.get("d", ""))}"{paint}/>'
        elif tag == "path":
            paint = self.paint(node.get("style"))
            if paint != ' fill="none"':
                clip = self.clip(node)
                yield f'{clip[0]}<path d="{short(node.get("d", ""))}"{paint}{clip[1]}/>'
        elif tag == "text":
            yield self.text(node)
        else:
            raise ValueError(f"a figure holds <{tag}>, which pages have no form for")

    def circle(self, node: ElementTree.Element) -> tuple[str, float, float, float] | None:
        """(paint, x, y, radius) where the element is a circle."""
        mark = self.marks.get(node.get(LINK, "")[1:], node)
        shape = CIRCLE.fullmatch(" ".join(mark.get("d", "").split()))
        if shape is None or node.get("clip-path"):
            return None
        numbers = [float(word) for word in re.findall(r"-?[\d.]+(?:e-?\d+)?", mark.get("d", ""))]
        # Every third point lies on the circle, the others bend it.
        across, down = numbers[0::6], numbers[1::6]
        wide, high = max(across) - min(across), max(down) - min(down)
        if abs(wide - high) > 0.02 * high:
            return None
        x = float(node.get("x", 0)) + (min(across) + max(across)) / 2
        y = float(node.get("y", 0)) + (min(down) + max(down)) / 2
        radius = high / 2
        return self.paint(node.get("style") or mark.get("style")), x, y, round(radius, 2)

    def clip(self, node: ElementTree.Element) -> tuple[str, str]:
        """(definition where it is needed first, attribute) of what an element is cut to."""
        found = re.fullmatch(r"url\(#(.*)\)", node.get("clip-path", ""))
        if not found or found[1] not in self.clips:
            return "", ""
        shape = next(iter(self.clips[found[1]]))
        number = self.written.get(found[1])
        definition = ""
        if number is None:
            number = self.written[found[1]] = f"{self.prefix}-{len(self.written)}"
            sides = "".join(
                f' {side}="{float(shape.get(side, 0)):.1f}"'
                for side in ("x", "y", "width", "height")
            )
            definition = f'<clipPath id="{number}"><rect{sides}/></clipPath>'
        return definition, f' clip-path="url(#{number})"'

    def text(self, node: ElementTree.Element) -> str:
        style = parsed(node.get("style"))
        size = (
            re.search(r"([\d.]+)px", style.get("font", style.get("font-size", ""))) or ["", "10"]
        )[1]
        bold = {"700", "bold"} & {style.get("font-weight"), *style.get("font", "").split()}
        weight = ' font-weight="700"' if bold else ""
        anchor = style.get("text-anchor", "start")
        colour = self.painted("f", style.get("fill", "#000000"))
        moved = node.get("transform", "")
        turned = re.search(r"rotate\((-?[\d.]+)", moved)
        shift = re.search(r"translate\((\S+) (\S+)\)", moved)
        x, y = (float(shift[n + 1]) if shift else float(node.get("xy"[n], 0)) for n in (0, 1))
        place = f'x="{x:.1f}" y="{y:.1f}"'
        if turned and float(turned[1]):
            place += f' transform="rotate({float(turned[1]):g} {x:.1f} {y:.1f})"'
        return (
            f'<text {place} font-size="{float(size):g}"{weight}'
            f"{'' if anchor == 'start' else f' text-anchor={chr(34)}{anchor}{chr(34)}'}"
            f"{colour}>{html.escape(''.join(node.itertext()), quote=False)}</text>"
        )

    def paint(self, style: str | None) -> str:
        """Attributes of a style."""
        found = parsed(style)
        colours = ""
        for kind, what in (("f", "fill"), ("s", "stroke")):
            colour = found.pop(what, None)
            if colour == "none":
                colours += ' fill="none"' if kind == "f" else ""
            elif colour:
                colours += self.painted(kind, colour)
        classes = re.findall(r' class="([^"]+)"', colours)
        if len(classes) > 1:
            colours = re.sub(r' class="[^"]+"', "", colours) + f' class="{" ".join(classes)}"'
        if "stroke=" not in colours:
            found = {key: value for key, value in found.items() if not key.startswith("stroke")}
        return colours + "".join(
            f' {key}="{short(value)}"'
            for key, value in found.items()
            if BY_DEFAULT.get(key) != value and key != "stroke-linejoin"
        )

    def painted(self, kind: str, colour: str) -> str:
        what = "fill" if kind == "f" else "stroke"
        name = self.names.get(colour.lower())
        return f' {what}="{colour}"' + (f' class="{kind}-{name}"' if name else "")


def circles(run: list[tuple[str, float, float, float]]) -> Iterator[str]:
    """Circles of one size and paint; many of them as one path of dots with round caps, and many
    rings as such a path with a smaller one in the colour of the page on it.
    """
    if not run:
        return
    paint, _, _, radius = run[0]
    if len(run) < MANY or "opacity" in paint:
        for _, x, y, _ in run:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"{paint}/>'
        return
    dots, dashes = in_rows(run)
    fill, stroke = (re.search(rf'{what}="(#\w+)"', paint) for what in (" fill", " stroke"))
    width = float((re.search(r'stroke-width="([^"]+)"', paint) or ["", "1"])[1]) if stroke else 0.0

    def dotted(colour: str, name: str | None, size: float) -> str:
        named = f' class="s-{name}"' if name else ""
        return (
            f'<path d="{dots}" fill="none" stroke="{colour}"{named} stroke-width="{size:g}" '
            f'stroke-linecap="round"{dashes}/>'
        )

    def name_of(kind: str) -> str | None:
        found = re.search(rf"\b{kind}-(\w+)", paint)
        return found[1] if found else None

    if stroke:
        yield dotted(stroke[1], name_of("s"), 2 * radius + width)
    if fill or stroke:
        colour, name = (fill[1], name_of("f")) if fill else (LIGHT.paper, "paper")
        yield dotted(colour, name, 2 * radius - width)


def in_rows(run: list[tuple[str, float, float, float]]) -> tuple[str, str]:
    """(path of dots, attribute): where they stand in rows of one distance, a row is one line of
    dashes without length; elsewhere each dot is a stroke without length.
    """
    rows: list[tuple[float, list[float]]] = []
    for _, x, y, _ in run:
        if rows and abs(rows[-1][0] - y) < 0.05:
            rows[-1][1].append(x)
        else:
            rows.append((y, [x]))
    steps = [after - before for _, row in rows for before, after in pairwise(row)]
    if len(steps) < len(run) / 2 or max(steps) - min(steps) > 0.05:
        return "".join(f"M{x:.1f} {y:.1f}h0" for _, x, y, _ in run), ""
    step = sum(steps) / len(steps)
    lines = "".join(f"M{row[0]:.1f} {y:.1f}h{row[-1] - row[0] + 0.01:.2f}" for y, row in rows)
    return lines, f' stroke-dasharray="0 {step:.3f}"'


def parsed(style: str | None) -> dict[str, str]:
    """{property: value} of a style attribute."""
    pairs = (item.partition(":") for item in (style or "").split(";") if ":" in item)
    return {key.strip(): value.strip() for key, _, value in pairs}
