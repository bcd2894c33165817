"""Alt texts that say what is seen: a picture without one, or with its file name, is silent for
people who listen to the page.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import Diagnostic

LEAST = 40
FILE_NAME = re.compile(r"^\S+\.(png|svg|jpe?g|gif|webp|avif)$", re.I)
# "Figure of", "A chart showing": names the kind of picture and stops there.
KIND = (
    r"(?:figure|image|picture|photo|graph|graphic|chart|plot|diagram|map|drawing|screenshot"
    r"|illustration)"
)
KIND_ALONE = re.compile(
    rf"^(?:an?\s+|the\s+)?(?:\w+\s+)?{KIND}"
    r"\s*(?:\d+|of|showing|that shows|about|for|with)?\b[^.:;,]*[.]?$",
    re.I,
)
MARKDOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
DIRECTIVE = re.compile(r"^[`:]{3,}\{(?:image|figure)\}\s*(\S+)")
MEND = (
    "say what is seen in one sentence, the finding first, such as: Calls rose fivefold from 2013 "
    "to 2021"
)


def wrong_with(alt: str) -> str:
    """What is wrong with an alt text, in words; empty where nothing is."""
    text = " ".join(alt.split())
    if not text:
        return "the alt text is empty"
    if FILE_NAME.match(text) or re.search(r"\.(png|svg|jpe?g|gif|webp)$", text, re.I):
        return f"the alt text '{text}' is a file name"
    if KIND_ALONE.match(text):
        return f"the alt text '{text}' names a kind of picture and not what it shows"
    if len(text) < LEAST:
        return (
            f"the alt text '{text}' is shorter than a finding ({len(text)} of {LEAST} characters)"
        )
    return ""


def check_alt_texts(root: Path) -> list[Diagnostic]:
    """Problems of pictures in pages and chapters, and of figures that a chapter's code draws."""
    problems = []
    for path in sorted((root / "book").glob("*.md")):
        file = path.relative_to(root).as_posix()
        problems += [
            Diagnostic(file, f"{wrong}.", MEND, line=line)
            for line, wrong in in_markdown(path.read_text(encoding="utf-8"))
        ]
    for path in sorted((root / "notebooks").glob("*/figures.py")):
        file = path.relative_to(root).as_posix()
        problems += [
            Diagnostic(file, f"{wrong}.", MEND, line=line)
            for line, wrong in in_code(path.read_text(encoding="utf-8"))
        ]
    for path in sorted((root / "notebooks").glob("*/*.ipynb")):
        file = path.relative_to(root).as_posix()
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            found = in_markdown(source) if cell["cell_type"] == "markdown" else in_code(source)
            problems += [
                Diagnostic(
                    file, f"{wrong}.", MEND, item=f"cell '{cell.get('id', '')}', line {line}"
                )
                for line, wrong in found
            ]
    return problems


def in_markdown(text: str) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of pictures written as Markdown, HTML or a directive."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        for alt, _ in MARKDOWN.findall(line):
            if wrong := wrong_with(alt):
                yield number, wrong
        for tag in re.findall(r"<img\b[^>]*>", line):
            alt = re.search(r"""\balt=(?:"([^"]*)"|'([^']*)')""", tag)
            if wrong := wrong_with((alt[1] or alt[2] or "") if alt else ""):
                yield number, wrong
        if directive := DIRECTIVE.match(line):
            options = []
            for following in lines[number:]:
                if not following.startswith(":") or following.startswith(":::"):
                    break
                options.append(following)
            alt = next(
                (option.split(":", 2)[2] for option in options if option.startswith(":alt:")), ""
            )
            if wrong := wrong_with(alt):
                yield number, f"{directive[1]}: {wrong}"


def in_code(source: str) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of `alt=` in calls that draw a figure; what is put in at run time
    counts as some words.
    """
    try:
        tree = ast.parse(
            "\n".join(
                "" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()
            )
        )
    except SyntaxError:
        return
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or name_of(call.func) not in ("show", "explore"):
            continue
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        # `plt.show()` draws no figure of the course, and what is handed over as ** is not known
        # here.
        if (
            None in given
            or (not call.args and not given)
            or ("alt" not in given and name_of(call.func) == "explore")
        ):
            continue
        if "alt" not in given:
            yield call.lineno, "the figure has no alt text"
        elif (text := words_of(given["alt"])) is not None and (wrong := wrong_with(text)):
            yield given["alt"].lineno, wrong


def name_of(function: ast.expr) -> str:
    """Name of a called function, or "" for any other expression."""
    return (
        function.id
        if isinstance(function, ast.Name)
        else function.attr
        if isinstance(function, ast.Attribute)
        else ""
    )


AT_RUN_TIME = "words that come at run time"


def words_of(node: ast.expr) -> str | None:
    """The text of a literal, of pieces joined by +, or of an f-string with a stand-in for what
    comes at run time; None for anything else.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(piece.value) if isinstance(piece, ast.Constant) else AT_RUN_TIME
            for piece in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = words_of(node.left), words_of(node.right)
        return (
            None
            if left is None and right is None
            else f"{left or AT_RUN_TIME}{right or AT_RUN_TIME}"
        )
    return None
