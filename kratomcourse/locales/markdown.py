"""Messages in MyST Markdown: paragraphs, headings, entries of lists and cells of tables; roles and links stay inside a message.

Code, formulas and options of directives are left as they are.
"""

import re

import yaml
from markdown_it import MarkdownIt

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
PARSER = MarkdownIt("commonmark").enable("table")


def translate(text, tell):
    """`text` with every message replaced by what `tell(message)` answers."""
    lines, made, prose, at = text.split("\n"), [], [], 0
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


def directive(name, body, tell):
    """Lines of a directive's body."""
    if name == "glossary":
        return glossary(body, tell)
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


def glossary(body, tell):
    """Terms stand at the margin, each meaning below, indented. A term is a message of its own."""
    made, meaning = [], []

    def close():
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


def plain(text, tell):
    """Lines of Markdown without directives, translated block by block."""
    lines = text.split("\n")
    swaps = []
    row, cells = None, 0
    for token in PARSER.parse(text):
        if token.type == "tr_open":
            row, cells = token.map, 0
        elif token.type == "inline" and token.content.strip():
            place = token.map or row
            swaps.append((place, token.content))
    # From the end, so that the numbers of earlier lines stay true; cells of one row from left to right.
    done = {}
    for place, content in swaps:
        done.setdefault(tuple(place), []).append(content)
    for (start, end), contents in sorted(done.items(), reverse=True):
        if contents[0].lstrip().startswith("$$") or re.fullmatch(r"\(.+\)=", contents[0].strip()):
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


def table_row(line, contents, tell):
    at = 0
    for content in contents:
        raw = content if content in line[at:] else content.replace("|", "\\|")
        found = line.find(raw, at)
        if found < 0:
            continue
        told = tell(content).replace("|", "\\|") if "|" in content else tell(content)
        line = line[:found] + told + line[found + len(raw) :]
        at = found + len(told)
    return line


def headings(text):
    """Titles of the sections of `text`, as they are written."""
    found, after = [], False
    for token in PARSER.parse(re.sub(r"^:{3,}.*$", "", text, flags=re.M)):
        if after:
            found.append(token.content)
        after = token.type == "heading_open"
    return found
