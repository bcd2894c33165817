"""The banks as sets of questions: no hole in what they cover, no copy, and objectives that are
taught where they say.
"""

from pathlib import Path

from ..chapters import load_chapter
from ..chapters.chapter import NOTEBOOKS, OPENING
from ..errors import Diagnostic, did_you_mean
from ..quiz import load_banks
from ..quiz.bank import Bank
from ..quiz.coverage import holes
from ..quiz.lint import copies, lint


def check_items(root: Path) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """(errors, warnings) as Problems."""
    errors: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    banks = load_banks()
    for chapter, bank in banks.items():
        file = f"quizzes/bank/{chapter}.yml"
        # A bank grows item by item, so a hole is a warning here; the tests of the course refuse
        # one.
        warnings += [Diagnostic(file, what, fix) for what, fix in holes(bank)]
        errors += untaught(root, bank, file)
        for finding in lint(bank):
            problem = Diagnostic(file, finding.message, finding.hint, item=finding.item)
            (errors if finding.is_error else warnings).append(problem)
    owner = {item.id: chapter for chapter, bank in banks.items() for item in bank.items}
    errors += [
        Diagnostic(
            f"quizzes/bank/{owner[later.id]}.yml",
            f"asks nearly the same as {earlier.id}.",
            "ask for something else, or take one of the two out",
            item=later.id,
        )
        for earlier, later in copies([item for bank in banks.values() for item in bank.items])
    ]
    return errors, warnings


def untaught(root: Path, bank: Bank, file: str) -> list[Diagnostic]:
    """Problems: objectives whose section is no part of the chapter, or whose questions another part
    asks.
    """
    folder = root / NOTEBOOKS / bank.chapter
    if not (folder / f"{OPENING}.ipynb").exists():
        what = f"there is no chapter {NOTEBOOKS}/{bank.chapter}/{OPENING}.ipynb."
        return [Diagnostic(file, what, "write it, or rename the bank")]
    titles, problems = {part.title: part for part in load_chapter(folder).parts}, []
    asked = {word: part for part in titles.values() for word in part.asks}
    for objective in bank.objectives:
        said = f"objective {objective.id} is said to be taught in \u201c{objective.section}\u201d, "
        if objective.section not in titles:
            hint = did_you_mean(objective.section, titles) or "name the title of a part"
            problems.append(Diagnostic(file, f"{said}which is no part of the chapter.", hint))
        elif (part := asked.get(objective.id)) and part.title != objective.section:
            problems.append(
                Diagnostic(
                    file, f"{said}and asked in {part.path.name}.", "name the part that asks it"
                )
            )
    return problems
