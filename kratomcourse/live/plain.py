"""A chapter as a plain notebook: roles become words, directives become Markdown, quizzes become cells.

What comes out reads well in any Jupyter and needs no MyST. Facilitator notes stay behind.
"""

import os
import re
from pathlib import Path

import nbformat
import yaml

from ..evidence import (
    box_lines,
    emergency_numbers,
    fact_text,
    known_text,
    load_facts,
    load_references,
)
from ..evidence.first_aid import first_aid
from ..errors import CourseError, Diagnostic, shown_path
from ..quiz import load_banks

FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w-]+)\}[ \t]*(.*)$")
ROLE = re.compile(r"\{(\w+)\}`([^`]+)`")
ADMONITIONS = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important"}


def build_plain_notebooks(folder, notebooks="notebooks"):
    """Derive every chapter's plain notebook; only those whose text changed are written. Returns the paths written."""
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(Path(notebooks).glob("*.ipynb")):
        text = nbformat.writes(plain_notebook(source)) + "\n"
        target = folder / source.name
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            beside = target.with_suffix(".tmp")
            beside.write_text(text, encoding="utf-8")
            os.replace(beside, target)
            written.append(target)
    return written


def plain_notebook(path):
    """The chapter at `path` as a notebook node of plain Markdown and code cells."""
    notebook = nbformat.read(path, as_version=4)
    plain = Plain(path)
    cells = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            cells.append(cell)
            continue
        for number, (kind, text) in enumerate(plain.convert(cell.source)):
            if text.strip():
                empty = {"execution_count": None, "outputs": []} if kind == "code" else {}
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
    notebook.cells = cells
    nbformat.validate(notebook)
    return notebook


class Plain:
    """Conversion of one chapter; remembers what was cited for the list of sources."""

    def __init__(self, path):
        self.path, self.chapter = path, Path(path).stem
        self.facts, self.references = load_facts(), load_references()
        self.works = {}

    def convert(self, source):
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

    def roles(self, text):
        return ROLE.sub(self.role, text)

    def role(self, match):
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
                "use fact, src or term, or add it to live/plain.py",
            )
        )

    def directive(self, name, argument, body):
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
                    "use one that live/plain.py knows, or add it there",
                )
            )
        return DIRECTIVES[name](self, argument, body)

    def chapter_head(self, _, body):
        head = yaml.safe_load(body)
        objectives = "\n".join(
            f"- {objective.text}" for objective in load_banks()[self.chapter].objectives
        )
        return f"*About {head['minutes']} minutes. Way of thinking: {head['thinking']}*\n\n**After it you can**\n\n{objectives}\n"

    def quiz(self, argument, _):
        return f'from kratomcourse.quiz import QuizHtml\n\nQuizHtml("{self.chapter}", "{argument}")'

    def first_aid(self, argument, body):
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

    def help_now(self, *_):
        steps = "\n".join(
            f"> {line}" for line in self.first_aid("unresponsive", ":short:").splitlines()
        )
        return f"{self.help_numbers()}\n>\n> **Someone won't wake up? What to do until help comes:**\n>\n{steps}"

    def help_numbers(self):
        emergency = ", ".join(
            f"**{number}** ({', '.join(countries)})" for number, countries in emergency_numbers()
        )
        lines = "\n".join(
            f"> - **{line.service}**: {line.contact}{f' or text {line.sms}' if line.sms else ''} ({line.for_what}; last seen {known_text(line)})"
            for line in box_lines()
        )
        return (
            f"> **A life in danger?** Call {emergency}.\n>\n> **Need to talk, or worried about someone?** In the United States:\n>\n{lines}\n>\n"
            "> Numbers change; each is as last seen."
        )

    def sources(self, *_):
        works = sorted(
            (self.references[key] for key in self.works), key=lambda work: work.short.lower()
        )
        return "\n".join(f"- {work.full} {work.url}".rstrip() for work in works)

    def nothing(self, *_):
        return ""


DIRECTIVES = {
    "chapter": Plain.chapter_head,
    "quiz": Plain.quiz,
    "first-aid": Plain.first_aid,
    "help-now": Plain.help_now,
    "sources": Plain.sources,
    "facilitator": Plain.nothing,
}


def without_options(body):
    """Body of a directive without its leading `:option: value` lines."""
    lines = body.splitlines()
    while lines and re.match(r":[\w-]+:", lines[0]):
        lines.pop(0)
    return "\n".join(lines)
