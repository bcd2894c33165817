"""Add a new item to a bank from a template, with TODO wherever the author has to write.

The bank refuses an item in which a TODO is left.
"""

import re
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import yaml

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..files import write_atomic
from ..quiz.bank import ID, banks_dir

OPTIONS = """\
options:
  - text: TODO the right answer
    correct: true
    feedback: TODO why this is right, in a way that teaches
  - text: TODO what someone with a common misconception would really say
    feedback: TODO what is right about it, then what it overlooks
    misconception: todo-name-it
  - text: TODO another tempting answer, as long and as careful as the key
    feedback: TODO what it overlooks
    misconception: todo-name-it"""

BODIES = {
    "choice": OPTIONS,
    "choices": OPTIONS.replace(
        "TODO the right answer",
        "TODO a right answer; more than one option may be correct",
    ),
    "number": """\
value: 0  # TODO the key, or `fact: ph000` to take it from a fact
tolerance: {relative: 0.05}  # or {absolute: 0.1}
unit: TODO or empty quotes for a plain number
feedback: TODO how to get there; shown with the right number
errors:
  - value: 1  # TODO a wrong number that a known slip gives
    feedback: TODO which slip gives this number
    misconception: todo-name-it
hint: TODO where to start, shown with any other number""",
    "order": """\
entries:  # in the right order
  - TODO what comes first
  - TODO what comes then
  - TODO what comes last
feedback: TODO why this is the order
hint: TODO what to look at first""",
    "match": """\
pairs:
  - left: TODO one thing
    right: TODO what belongs to it
    feedback: TODO why they belong together
  - left: TODO a second thing
    right: TODO what belongs to the second
    feedback: TODO why they belong together
  - left: TODO a third thing
    right: TODO what belongs to the third
    feedback: TODO why they belong together""",
    "code": """\
function: share_left  # TODO its name
starter: |
  def share_left(hours, half_life):
      \"\"\"TODO what it gives, in which unit.\"\"\"
      return 0.0
solution: |
  def share_left(hours, half_life):
      \"\"\"TODO what it gives, in which unit.\"\"\"
      return 0.5 ** (hours / half_life)
cases:  # the first one is shown to the student
  - {args: [8.0, 8.0], expected: 0.5}
  - {args: [16.0, 8.0], expected: 0.25}
feedback: TODO what the solution shows
hint: TODO an input whose result one knows without a computer""",
    "text": """\
rubric:  # adds up to the points
  - {points: 1, criterion: TODO what an answer says that earns the first point}
  - {points: 1, criterion: TODO what earns the second point}
sample: TODO an answer that earns full points, in the words a student would use""",
}


def new_item(
    chapter: str,
    kind: str,
    item_id: str | None = None,
    objective: str | None = None,
    use: str = "check",
    folder: Path | None = None,
) -> tuple[Path, str, str]:
    """Return (path of the bank, id, YAML text) of a new item.

    chapter   : such as 02-pharmacology
    kind      : choice, choices, number, order, match, code or text
    item_id   : an id that no bank has; the next free `<prefix>.<kind>-<number>` if None
    objective : id of an objective in the bank's header; the first one if None
    raises    : CourseError for a name that doesn't exist or an id that's taken
    """
    folder = folder or banks_dir()
    path = bank_path(chapter, folder)
    for field, word, known in (("kind", kind, list(BODIES)), ("use", use, ["check", "graded"])):
        if word not in known:
            hint = did_you_mean(word, known) or f"use one of: {', '.join(known)}"
            message = f"{field} '{word}' is unknown."
            raise CourseError(Diagnostic(shown_path(path), message, hint))
    objectives = read_objectives(path)
    if objective is not None and objective not in objectives:
        hint = did_you_mean(objective, objectives) or f"one of {', '.join(objectives)}"
        message = f"objective '{objective}' isn't in the header of the file."
        raise CourseError(Diagnostic(shown_path(path), message, hint))
    taken = ids_in(folder)
    prefix = objectives[0].partition(".")[0]
    if item_id is None:
        names = (f"{prefix}.{kind}-{number}" for number in range(1, 10_000))
        item_id = next(name for name in names if name not in taken)
    if not re.fullmatch(ID, item_id):
        hint = (
            f"use lower-case letters, digits and hyphens, joined by dots: {prefix}.binding.poster"
        )
        raise CourseError(Diagnostic(shown_path(path), f"'{item_id}' can't be an id.", hint))
    if item_id in taken:
        message, hint = "an item has this id already.", "choose another; ids are kept forever"
        raise CourseError(Diagnostic(shown_path(taken[item_id]), message, hint, item=item_id))
    lines = [
        f"id: {item_id}",
        f"objective: {objective or objectives[0]}",
        "level: apply  # remember, understand, apply, analyse or evaluate",
        f"use: [{use}]",
        f"kind: {kind}",
        *(["points: 2"] if kind == "text" else []),
        "stem: >-",
        "  TODO the question; a reader can answer it before looking at the options.",
        *BODIES[kind].splitlines(),
        "facts: []  # TODO ids of the facts behind the key",
    ]
    return path, item_id, "  - " + indent("\n".join(lines), "    ").lstrip() + "\n"


def bank_path(chapter: str, folder: Path | None = None) -> Path:
    """Return the path of a chapter's bank; CourseError with the nearest name if there is none."""
    folder = folder or banks_dir()
    path = folder / f"{chapter}.yml"
    if not path.exists():
        names = sorted(other.stem for other in folder.glob("*.yml"))
        hint = did_you_mean(chapter, names) or f"one of {', '.join(names)}"
        raise CourseError(Diagnostic(shown_path(path), "there's no such bank.", hint))
    return path


def ids_in(folder: Path) -> dict[str, Path]:
    """Return {item id: file} for all banks in a folder, including files with mistakes in them."""
    found = {}
    for path in sorted(folder.glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        for item_id in re.findall(r"^\s*-?\s*id:\s*([\w.-]+)\s*$", text, re.MULTILINE):
            found[item_id] = path
    return found


def read_objectives(path: Path) -> list[str]:
    """Return the ids of a bank's objectives; works while its items are still being written."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [row["id"] for row in data["objectives"]]
    except (yaml.YAMLError, TypeError, KeyError) as error:
        message = "the objectives in this file can't be read."
        hint = "fix the file first; `course check` shows the line"
        raise CourseError(Diagnostic(shown_path(path), message, hint)) from error


def insert_item(path: Path, item_id: str, text: str) -> None:
    """Insert an item after the last one of its objective and use, leaving the rest as it is.

    text   : the item as YAML, as `new_item` returns it
    raises : CourseError if the file can't take it; the file is then unchanged
    """
    before = path.read_text(encoding="utf-8")
    new = yaml.safe_load(text)[0]
    text = indent(dedent(text), " " * list_indent(before))
    lines = before.splitlines(keepends=True)
    at = insertion_line(before, new)
    while at > 0 and not lines[at - 1].strip():
        at -= 1
    after = "".join(lines[:at]).rstrip("\n") + "\n\n" + text
    rest = "".join(lines[at:])
    after += rest if not rest or rest.startswith("\n") else "\n" + rest
    try:
        old_items, items = (yaml.safe_load(words)["items"] for words in (before, after))
        fits = [item for item in items if item["id"] != item_id] == old_items
        fits = fits and len(items) == len(old_items) + 1
    except (yaml.YAMLError, TypeError, KeyError):
        fits = False
    if not fits:
        message = "the new item can't be inserted automatically."
        hint = "run the command with --print, and paste what it prints among the items"
        raise CourseError(Diagnostic(shown_path(path), message, hint))
    write_atomic(path, after)


def insertion_line(text: str, new: dict[str, Any]) -> int:
    """Return the number of lines that come before a new item.

    It follows the last item with the same objective and use, else the last with the same
    objective, else the last item of the file.
    """
    total = len(text.splitlines())
    try:
        root: Any = yaml.compose(text)
        items = {key.value: node for key, node in root.value}["items"].value
        rows = yaml.safe_load(text)["items"]
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return total
    same = [row.get("objective") == new["objective"] for row in rows]
    alike = [
        is_same and row.get("use") == new["use"] for is_same, row in zip(same, rows, strict=True)
    ]
    for matches in (alike, same):
        if any(matches):
            last = max(number for number, match in enumerate(matches) if match)
            return end_of_block(text, items, last)
    return total


def list_indent(text: str) -> int:
    """Return how many spaces stand before the hyphens of a bank's list of items."""
    found = re.search(r"^items:[^\n]*\n(?:\s*(?:#[^\n]*)?\n)*( *)- ", text, re.MULTILINE)
    return len(found[1]) if found else 2


def end_of_block(text: str, items: list[Any], number: int) -> int:
    """Return the line on which an item ends, before comments that introduce the next one."""
    lines = text.splitlines()
    end = items[number + 1].start_mark.line if number + 1 < len(items) else len(lines)
    while end > 0 and (not lines[end - 1].strip() or re.match(r" {0,3}#", lines[end - 1])):
        end -= 1
    return end
