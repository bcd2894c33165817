"""Parts and openings as plain notebooks: roles become words, directives become Markdown, quizzes
become cells.

What comes out reads well in any Jupyter and needs no MyST. Facilitator notes stay behind.
"""

import os
import re
from pathlib import Path
from typing import Any

import nbformat

from ..errors import CourseError, Diagnostic, shown_path
from ..evidence import (
    box_groups,
    emergency_numbers,
    fact_text,
    known_text,
    load_facts,
    load_references,
)
from ..evidence.first_aid import first_aid
from ..files import write_atomic
from ..quiz import load_banks
from .chapter import Chapter, load_chapter, load_chapters, objectives_of
from .drawing_code import FILE as FIGURES
from .drawing_code import drawing_code, imported_from_figures
from .wheel import NAME as WHEEL

FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w-]+)\}[ \t]*(.*)$")
ROLE = re.compile(r"\{(\w+)\}`([^`]+)`")
ADMONITIONS = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important"}


PAGE_LINK = re.compile(r"\]\(\.\./\.\./book/([\w-]+)\.md(#[\w-]+)?\)")
# The first code cell: finds the package, installs it from the course's site, or says in one line
# how to get it.
GET_PACKAGE = """\
# The course's Python package: here already, or installed from the course's site.
import importlib.util, pathlib, subprocess, sys

wheel = "{wheel}"
if importlib.util.find_spec("kratomcourse") is None:
    {elsewhere}
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", wheel], check=True)"""
DRAWING_CODE = (
    "# The code that draws the next figure. Change it here, run it, then run the cell below."
)
FROM_SITE = 'wheel = wheel if pathlib.Path(wheel).exists() else "{url}downloads/" + wheel'
FROM_FOLDER = (
    "if not pathlib.Path(wheel).exists():\n"
    '        raise ModuleNotFoundError(f"Put {wheel} beside this notebook, then run this '
    'cell again; "\n'
    '                                  "every part of the course offers that file at the '
    'foot of its page.")'
)


def build_plain_notebooks(folder: Path, root: Path | str = ".") -> Any:
    """Derive the plain notebook of every opening and part of the course at `root`.

    folder  : where they lie, side by side; notebooks that the course no longer has go
    returns : paths written, of those whose text changed
    """
    written, made = [], set()
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in load_chapters(root):
        for name, source in plain_names(chapter).items():
            text = nbformat.writes(plain_notebook(source)) + "\n"
            target = folder / name
            made.add(target)
            if write_atomic(target, text):
                written.append(target)
    for old in set(folder.glob("[0-9][0-9]-*.ipynb")) - made:
        old.unlink()
    return written


def plain_names(chapter: Chapter) -> dict[str, Path]:
    """{file name: notebook} of a chapter's plain notebooks, its opening first."""
    return {chapter.plain_name: chapter.path} | {
        part.plain_name: part.path for part in chapter.parts
    }


def plain_notebook(path: Path) -> Any:
    """The opening or part at `path` as a notebook node of plain Markdown and code cells."""
    notebook = nbformat.read(path, as_version=4)
    plain = Plain(path)
    cells = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            cells += with_drawing_code(cell, path.with_name(FIGURES))
            continue
        for number, (kind, text) in enumerate(plain.convert(cell.source)):
            if text.strip():
                empty: dict[str, Any] = (
                    {"execution_count": None, "outputs": []} if kind == "code" else {}
                )
                cells.append(
                    nbformat.from_dict(
                        {
                            "cell_type": kind,
                            "id": f"{cell.id}-{number}"[-64:],
                            "metadata": {},
                            "source": text.strip(),
                            **empty,
                        }
                    )
                )
    first = next((at for at, cell in enumerate(cells) if cell.cell_type == "code"), None)
    if first is not None:
        cells.insert(first, nbformat.v4.new_code_cell(get_package(), id="get-package"))
    notebook.cells = cells
    nbformat.validate(notebook)
    return notebook


def with_drawing_code(cell: Any, figures: Path) -> list[Any]:
    """The cells by which a notebook draws without the module beside it: a folded one with the
    functions, and the cell.

    figures : the chapter's figures.py, from which the cell may import
    """
    imported = imported_from_figures(cell.source) if cell.cell_type == "code" else None
    if imported is None or not imported.names:
        return [cell]
    folded = nbformat.v4.new_code_cell(
        f"{DRAWING_CODE}\n{drawing_code(figures, imported.names)}",
        id=f"{cell.id}-drawing"[-64:],
        metadata={"jupyter": {"source_hidden": True}},
    )
    cell.source = imported.code
    return [folded, cell] if cell.source.strip() else [folded]


def get_package() -> str:
    """Source of the cell by which a downloaded notebook gets the course's package."""
    url = os.environ.get("COURSE_URL", "").strip()
    elsewhere = FROM_SITE.format(url=url.rstrip("/") + "/") if url else FROM_FOLDER
    return GET_PACKAGE.format(wheel=WHEEL, elsewhere=elsewhere)


class Plain:
    """Conversion of one notebook; remembers what was cited for the list of sources."""

    def __init__(self, path: Path) -> None:
        self.path, self.of = Path(path), load_chapter(Path(path).parent)
        self.chapter = self.of.name
        self.part = next((part for part in self.of.parts if part.path == self.path), None)
        self.facts, self.references = load_facts(), load_references()
        self.works: dict[str, None] = {}

    def convert(self, source: Any) -> list[Any]:
        """[(kind, text)]: the pieces of a Markdown cell, kind `markdown` or `code`."""
        pieces, prose = [], []
        lines = source.splitlines()
        at = 0
        while at < len(lines):
            opened = FENCE.match(lines[at])
            if not opened:
                prose.append(self.roles(lines[at]))
                at += 1
                continue
            fence, name, argument = opened.groups()
            end = next(
                (i for i in range(at + 1, len(lines)) if lines[i].strip() == fence), len(lines)
            )
            made = self.directive(name, argument.strip(), "\n".join(lines[at + 1 : end]))
            if name == "quiz":
                pieces += [("markdown", "\n".join(prose)), ("code", made)]
                prose = []
            else:
                prose.append(made)
            at = end + 1
        return [*pieces, ("markdown", "\n".join(prose))]

    def roles(self, text: str) -> str:
        """The text with `{fact}` and `{src}` roles printed and links to pages made absolute."""
        if url := os.environ.get("COURSE_URL", "").strip():
            text = PAGE_LINK.sub(rf"]({url.rstrip('/')}/book/\1.html\2)", text)
        return ROLE.sub(self.role, text)

    def role(self, match: re.Match[str]) -> Any:
        """What one role prints; remembers the works that it cites."""
        name, text = match.groups()
        if name == "fact":
            fact_id, _, part = text.partition(":")
            fact = self.facts[fact_id]
            self.works |= dict.fromkeys(filter(None, (fact.source_key, fact.via)))
            return fact_text(fact, part or "full")
        if name == "src":
            self.works[text] = None
            return f"({self.references[text].short})"
        if name == "term":
            return re.sub(r"\s*<.*>$", "", text)
        raise CourseError(
            Diagnostic(
                shown_path(self.path),
                f"the role {{{name}}} has no plain form.",
                "use fact, src or term, or add it to chapters/plain.py",
            )
        )

    def directive(self, name: str, argument: str, body: str) -> Any:
        """Plain Markdown for one directive; unknown ones raise `CourseError`."""
        if name in ADMONITIONS or name in ("admonition", "dropdown"):
            inner = "\n".join(text for _, text in self.convert(without_options(body)))
            title = ADMONITIONS.get(name) or self.roles(argument)
            if name == "dropdown":
                return f"<details><summary>{title or 'More'}</summary>\n\n{inner}\n\n</details>\n"
            return (
                "\n".join(f"> {line}" for line in [f"**{title}**", "", *inner.splitlines()]) + "\n"
            )
        if name not in DIRECTIVES:
            raise CourseError(
                Diagnostic(
                    shown_path(self.path),
                    f"the directive {{{name}}} has no plain form.",
                    "use one that chapters/plain.py knows, or add it there",
                )
            )
        return DIRECTIVES[name](self, argument, body)

    def chapter_head(self, *_: Any) -> str:
        """Time, number of parts and objectives of a chapter, as Markdown."""
        return (
            f"*About {self.of.minutes} minutes in {len(self.of.parts)} parts. "
            f"Way of thinking: {self.of.thinking}*\n\n" + self.objectives()
        )

    def part_head(self, *_: Any) -> str:
        """Number, time and objectives of a part; raises `ValueError` for other notebooks."""
        if self.part is None:
            raise ValueError(f"{self.path} is no part")
        return (
            f"*Part {self.part.number}, of {len(self.of.parts)} in {self.of.title}. "
            f"About {self.part.minutes} minutes.*\n\n" + self.objectives()
        )

    def objectives(self) -> str:
        """What one can do after it, as a list; of a part those whose questions it asks."""
        bank = load_banks()[self.chapter]
        wanted = objectives_of(self.part, bank) if self.part else bank.objectives
        texts = [objective.text for objective in wanted]
        return (
            "**After it you can**\n\n" + "".join(f"- {text}\n" for text in texts) if texts else ""
        )

    def parts(self, *_: Any) -> str:
        """Links to the chapter's parts, as Markdown."""
        return "\n".join(
            f"- [{part.number} {part.title}]({part.plain_name}), {part.minutes} minutes"
            for part in self.of.parts
        )

    def quiz(self, argument: str, _: Any) -> str:
        """Code that shows an objective's questions where the course's package is installed."""
        return f'from kratomcourse.quiz import QuizHtml\n\nQuizHtml("{self.chapter}", "{argument}")'

    def first_aid(self, argument: str, body: str) -> str:
        """Steps of one situation as a numbered list, in full or in the short form."""
        short = ":short:" in body
        steps = first_aid(argument)
        self.works |= dict.fromkeys(
            key
            for step in steps
            for fact_id in step.facts
            for key in (self.facts[fact_id].source_key, self.facts[fact_id].via)
            if key
        )
        return (
            "\n".join(
                f"{number}. {step.short}"
                if short
                else f"{number}. **{step.lead}** {step.detail}".rstrip()
                for number, step in enumerate(steps, start=1)
            )
            + "\n"
        )

    def help_now(self, *_: Any) -> str:
        """The help box as Markdown: numbers, and the steps for someone who won't wake up."""
        steps = "\n".join(
            f"> {line}" for line in self.first_aid("unresponsive", ":short:").splitlines()
        )
        return (
            f"{self.help_numbers()}\n>\n> **Someone won't wake up? What to do until help "
            f"comes:**\n>\n{steps}"
        )

    def help_line(self, line: Any) -> str:
        return (
            f"> - **{line.service}**: "
            f"{line.contact}{f' or text {line.sms}' if line.sms else ''} ({line.for_what}; "
            f"as of {known_text(line)})"
        )

    def help_numbers(self) -> str:
        """Emergency numbers and help lines, each with the day it is as of."""
        emergency = ", ".join(
            f"**{number}** ({', '.join(countries)})" for number, countries in emergency_numbers()
        )
        lines = "\n>\n> ".join(
            "\n>\n".join([where, "\n".join(map(self.help_line, group))])
            for where, group in box_groups()
        )
        return (
            f"> **A life in danger?** Call {emergency}.\n>\n> **Need to talk, or worried "
            f"about someone?** {lines}\n>\n"
            "> Numbers change; each is as of the day beside it."
        )

    def sources(self, *_: Any) -> str:
        """The works cited so far, as Markdown."""
        works = sorted(
            (self.references[key] for key in self.works), key=lambda work: work.short.lower()
        )
        return "\n".join(f"- {work.full} {work.url}".rstrip() for work in works)

    def nothing(self, *_: Any) -> str:
        """For directives that a plain notebook leaves out."""
        return ""


DIRECTIVES = {
    "chapter": Plain.chapter_head,
    "part": Plain.part_head,
    "parts": Plain.parts,
    "quiz": Plain.quiz,
    "first-aid": Plain.first_aid,
    "help-now": Plain.help_now,
    "sources": Plain.sources,
    "facilitator": Plain.nothing,
}


def without_options(body: str) -> str:
    """Body of a directive without its leading `:option: value` lines."""
    lines = body.splitlines()
    while lines and re.match(r":[\w-]+:", lines[0]):
        lines.pop(0)
    return "\n".join(lines)
