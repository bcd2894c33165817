"""Messages in MyST Markdown: paragraphs, headings, entries of lists and cells of tables.

Roles and links are part of their message. Code, formulas and directive options stay as they are.
"""

import re

import yaml
from markdown_it import MarkdownIt

from . import Translate

FENCE = re.compile(r"^(`{3,}|:{3,})(?:\{([\w-]+)\}[ \t]*(.*)|([\w-]*)[ \t]*)$")
# Directives whose body is text, and those whose argument is a title.
WITH_TEXT = (
    "note",
    "tip",
    "warning",
    "important",
    "caution",
    "admonition",
    "dropdown",
    "grid",
    "grid-item-card",
    "grid-item",
    "facilitator",
)
WITH_TITLE = ("admonition", "dropdown", "grid-item-card")
OPTION = re.compile(r":[\w-]+:")
TARGETS = re.compile(r"\([^()\n]+\)=(\s*\n\s*\([^()\n]+\)=)*")
PARSER = MarkdownIt("commonmark").enable("table")


def translate(text: str, tell: Translate) -> str:
    """Return Markdown with every message replaced by its translation."""
    lines = text.split("\n")
    made: list[str] = []
    prose: list[str] = []
    at = 0
    while at < len(lines):
        opened = FENCE.match(lines[at])
        if not opened:
            prose.append(lines[at])
            at += 1
            continue
        made += plain("\n".join(prose), tell) if prose else []
        prose = []
        fence, name, argument, _language = opened.groups()
        end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() == fence), len(lines))
        body = lines[at + 1 : end]
        if name in WITH_TITLE and argument.strip():
            made.append(f"{fence}{{{name}}} {tell(argument.strip())}")
        else:
            made.append(lines[at])
        made += directive(name, body, tell)
        made += lines[end : end + 1]
        at = end + 1
    made += plain("\n".join(prose), tell) if prose else []
    return "\n".join(made)


def directive(name: str, body: list[str], tell: Translate) -> list[str]:
    """Return the lines of a directive's body, translated."""
    if name == "glossary":
        return glossary(body, tell)
    if name == "landing-hero":
        return [tell(" ".join(line.strip() for line in body))]
    if name == "figure-marks":
        marks = [line.partition(":") for line in body]
        return [f"{mark}: {tell(words.strip())}" if words else mark for mark, _, words in marks]
    if name == "chapter":
        head = yaml.safe_load("\n".join(body)) or {}
        if "thinking" in head:
            head["thinking"] = tell(head["thinking"])
        return (
            yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000)
            .rstrip("\n")
            .split("\n")
        )
    if name not in WITH_TEXT:
        return body
    options = 0
    while options < len(body) and OPTION.match(body[options]):
        options += 1
    return [*body[:options], *translate("\n".join(body[options:]), tell).split("\n")]


def glossary(body: list[str], tell: Translate) -> list[str]:
    """Return the lines of a glossary, translated: terms, each with its meaning indented below.

    A term is a message, and so is a meaning.
    """
    made: list[str] = []
    meaning: list[str] = []

    def close() -> None:
        if meaning:
            made.append("  " + tell(" ".join(meaning)))
            meaning.clear()

    for line in body:
        if line.startswith((" ", "\t")):
            meaning.append(line.strip())
        else:
            close()
            made.append(tell(line.strip()) if line.strip() else line)
    close()
    return made


def plain(text: str, tell: Translate) -> list[str]:
    """Return the lines of Markdown without directives, translated block by block."""
    lines = text.split("\n")
    blocks: dict[tuple[int, ...], list[str]] = {}  # {(first line, line after): contents}
    row = None
    for token in PARSER.parse(text):
        if token.type == "tr_open":
            row = token.map
        elif token.type == "inline" and token.content.strip():
            place = token.map or row
            if place is None:
                raise ValueError(f"the parser gives no line for {token.content[:50]!r}")
            blocks.setdefault(tuple(place), []).append(token.content)
    # From the end, so that line numbers stay valid; the cells of a row from left to right.
    for (start, _end), contents in sorted(blocks.items(), reverse=True):
        if contents[0].lstrip().startswith("$$") or TARGETS.fullmatch(contents[0].strip()):
            continue
        if len(contents) > 1 or (
            lines[start].strip().startswith("|") and "|" in lines[start].strip()[1:]
        ):
            lines[start] = table_row(lines[start], contents, tell)
            continue
        parts = contents[0].split("\n")
        begin = lines[start].find(parts[0])
        if begin < 0:
            continue
        last = lines[start + len(parts) - 1] if len(parts) > 1 else lines[start]
        rest = last[last.find(parts[-1]) + len(parts[-1]) :] if parts[-1] in last else ""
        lines[start : start + len(parts)] = [
            lines[start][:begin] + tell(" ".join(part.strip() for part in parts)) + rest
        ]
    return lines


def table_row(line: str, contents: list[str], tell: Translate) -> str:
    """Return a row of a table with its cells translated; `contents` are the cells in order."""
    at = 0
    for content in contents:
        raw = content if content in line[at:] else content.replace("|", "\\|")
        found = line.find(raw, at)
        if found < 0:
            continue
        new = tell(content).replace("|", "\\|") if "|" in content else tell(content)
        line = line[:found] + new + line[found + len(raw) :]
        at = found + len(new)
    return line


def headings(text: str) -> list[str]:
    """Return the titles of the sections of a text, as Markdown."""
    found: list[str] = []
    after = False
    for token in PARSER.parse(re.sub(r"^:{3,}.*$", "", text, flags=re.M)):
        if after:
            found.append(token.content)
        after = token.type == "heading_open"
    return found
