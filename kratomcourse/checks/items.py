"""The banks as sets of questions: no hole in what they cover, no copy, and objectives that are taught where they say."""

import json
import re

from ..errors import Diagnostic, did_you_mean
from ..quiz import load_banks
from ..quiz.coverage import holes
from ..quiz.lint import copies, lint


def check_items(root):
    """(errors, warnings) as Problems."""
    errors, warnings, banks = [], [], load_banks()
    for chapter, bank in banks.items():
        file = f"quizzes/bank/{chapter}.yml"
        # A bank grows item by item, so a hole is a warning here; the tests of the course refuse one.
        warnings += [Diagnostic(file, what, mend) for what, mend in holes(bank)]
        errors += untaught(root, bank, file)
        for finding in lint(bank):
            problem = Diagnostic(file, finding.message, finding.hint, item=finding.item)
            (errors if finding.is_error else warnings).append(problem)
    owner = {item.id: chapter for chapter, bank in banks.items() for item in bank.items}
    errors += [
        Diagnostic(f"quizzes/bank/{owner[later.id]}.yml", f"asks nearly the same as {earlier.id}.", "ask for something else, or take one of the two out", item=later.id)
        for earlier, later in copies([item for bank in banks.values() for item in bank.items])
    ]
    return errors, warnings


def untaught(root, bank, file):
    """Problems: objectives whose section is no heading of the chapter."""
    path = root / "notebooks" / f"{bank.chapter}.ipynb"
    if not path.exists():
        return [Diagnostic(file, f"there is no chapter notebooks/{bank.chapter}.ipynb.", "write it, or rename the bank")]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    headings = [
        heading for cell in cells if cell["cell_type"] == "markdown" for heading in re.findall(r"^##\s+(.+?)\s*$", "".join(cell["source"]), re.M)
    ]
    return [
        Diagnostic(file, f"objective {objective.id} is said to be taught in \u201c{objective.section}\u201d, which is no section of the chapter.", did_you_mean(objective.section, headings) or "name a ## heading")
        for objective in bank.objectives
        if objective.section not in headings
    ]
