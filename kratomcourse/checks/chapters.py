"""Chapters as files: headers, no outputs, speaking cell ids, and every fact, work and quiz they
name exists.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..chapters import load_chapters
from ..chapters.chapter import NOTEBOOKS, Chapter, Part
from ..errors import CourseError, Diagnostic, did_you_mean
from ..evidence import fact_text, load_facts, load_references
from ..quiz import load_banks

ROLE = re.compile(r"\{(fact|src)\}`([^`]+)`")
QUIZ = re.compile(r"^[`:]{3,}\{quiz\}[ \t]*(.+)$")


def check_chapters(root: Path) -> list[Diagnostic]:
    """Problems of all notebooks and prose pages."""
    problems: list[Diagnostic] = []
    for path in sorted((root / NOTEBOOKS).rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        if path.parent.parent == root / NOTEBOOKS:
            problems += check_notebook(path, root)
        else:
            problems.append(
                Diagnostic(
                    path.relative_to(root).as_posix(),
                    "lies in no chapter's folder.",
                    "a chapter is a folder such as notebooks/04-risk/ with index.ipynb and "
                    "1-title.ipynb",
                )
            )
    if not problems:
        try:
            problems += [
                found for chapter in load_chapters(root) for found in check_parts(chapter, root)
            ]
        except CourseError as error:
            problems += error.diagnostics
    for path in sorted((root / "book").glob("*.md")):
        file = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            problems += check_line(line, file, path.stem, {"line": number})
    return problems


def check_parts(chapter: Chapter, root: Path) -> Iterator[Diagnostic]:
    """Problems: objectives that no part teaches or that two parts ask, and parts with one title."""
    bank, file = load_banks().get(chapter.name), chapter.path.relative_to(root).as_posix()
    titles = [part.title for part in chapter.parts]
    for title in {title for title in titles if titles.count(title) > 1}:
        yield Diagnostic(
            file, f"two parts are called \u201c{title}\u201d.", "give one of them another title"
        )
    asked: dict[str, Part] = {}
    for part in chapter.parts:
        for word in part.asks:
            if word in asked:
                yield Diagnostic(
                    part.path.relative_to(root).as_posix(),
                    f"{{quiz}} {word} stands in {asked[word].path.name} already.",
                    "show each question once",
                )
            asked[word] = part
    if not bank:
        yield Diagnostic(
            file, f"there is no quizzes/bank/{chapter.name}.yml.", "add the chapter's bank"
        )


def check_notebook(path: Path, root: Path) -> list[Diagnostic]:
    """Diagnostics of one notebook: its form, cell ids, outputs and metadata."""
    file = path.relative_to(root).as_posix()
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError) as error:
        return [
            Diagnostic(
                file,
                f"is not a notebook: {error}.",
                "open it in Jupyter, or take it back from version control",
            )
        ]
    problems: list[Diagnostic] = []
    seen = set()
    for number, cell in enumerate(cells, 1):
        name = cell.get("id", "")
        where: dict[str, Any] = {"item": f"cell {number}" + (f" '{name}'" if name else "")}
        if not name or name in seen:
            problems.append(
                Diagnostic(
                    file, "the cell has no id of its own.", "give it a short speaking id", **where
                )
            )
        seen.add(name)
        if cell.get("outputs") or cell.get("execution_count"):
            problems.append(
                Diagnostic(
                    file,
                    "the cell has outputs.",
                    f"clear them: jupyter nbconvert --clear-output --inplace {file}",
                    **where,
                )
            )
        if cell["cell_type"] == "markdown":
            for offset, line in enumerate("".join(cell["source"]).splitlines(), 1):
                problems += check_line(
                    line, file, path.parent.name, {"item": f"{where['item']}, line {offset}"}
                )
    return problems


def check_line(line: str, file: str, chapter: str, where: dict[str, Any]) -> Iterator[Diagnostic]:
    """Problems with the roles and quiz directives of one line of Markdown."""
    facts, references, banks = load_facts(), load_references(), load_banks()
    for role, text in ROLE.findall(line):
        if role == "src" and text not in references:
            yield Diagnostic(
                file,
                f"no work '{text}' in references.bib.",
                did_you_mean(text, references) or "add the entry",
                **where,
            )
        if role == "fact":
            fact_id, _, part = text.partition(":")
            if fact_id not in facts:
                yield Diagnostic(
                    file,
                    f"no fact '{fact_id}' in facts.csv.",
                    did_you_mean(fact_id, facts) or "add the row",
                    **where,
                )
                continue
            try:
                fact_text(facts[fact_id], part or "full")
            except ValueError as error:
                yield Diagnostic(file, f"{error}.", "", **where)
    if asked := QUIZ.match(line):
        bank = banks.get(chapter)
        known = [*(o.id for o in bank.objectives), *(i.id for i in bank.items)] if bank else []
        for word in asked[1].split():
            if word not in known:
                yield Diagnostic(
                    file,
                    f"'{word}' is neither objective nor item of quizzes/bank/{chapter}.yml.",
                    did_you_mean(word, known),
                    **where,
                )
