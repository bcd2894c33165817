"""A new item in a bank: everything its kind needs, with TODO where an author has to write. The bank refuses a TODO that is left."""

import os
import re
from textwrap import indent

import yaml

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..quiz.bank import ID, banks_dir

OPTIONS = """\
options:
  - text: TODO the one right answer, no longer than the others
    correct: true
    feedback: TODO why it is right; say it so that it teaches
  - text: TODO what somebody says who holds a common misconception
    feedback: TODO why it is not so, kindly
    misconception: todo-name-it
  - text: TODO another answer that tempts
    feedback: TODO why it is not so
    misconception: todo-name-it"""

BODIES = {
    "choice": OPTIONS,
    "choices": OPTIONS.replace(
        "the one right answer, no longer than the others",
        "a right answer; more than one may have correct",
    ),
    "number": """\
value: 0  # TODO the key, or `fact: ph000` to take it from a fact
tolerance: {relative: 0.05}  # or {absolute: 0.1}
unit: TODO or empty quotes for a plain number
feedback: TODO how one gets there, shown with the right number
errors:
  - value: 1  # TODO a wrong number that a misconception leads to
    feedback: TODO what went wrong on the way to this number
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


def new_item(chapter, kind, item_id=None, objective=None, use="check", folder=None):
    """(path of the bank, id, text of the item as YAML).

    chapter   : such as 02-pharmacology
    kind      : choice, choices, number, order, match, code or text
    item_id   : one that no bank has; the next free `<prefix>.<kind>-<number>` where None
    objective : id of one at the head of the bank; the first where None
    raises    : CourseError for a name that does not exist, and for an id that is taken
    """
    folder = folder or banks_dir()
    path = folder / f"{chapter}.yml"
    if not path.exists():
        names = sorted(other.stem for other in folder.glob("*.yml"))
        raise CourseError(
            Diagnostic(
                shown_path(path),
                "there is no such bank.",
                did_you_mean(chapter, names) or f"one of {', '.join(names)}",
            )
        )
    for what, given, known in (("kind", kind, list(BODIES)), ("use", use, ["check", "graded"])):
        if given not in known:
            raise CourseError(
                Diagnostic(
                    shown_path(path),
                    f"{what} '{given}' is unknown.",
                    did_you_mean(given, known) or f"use one of: {', '.join(known)}",
                )
            )
    taken = {
        found: other
        for other in sorted(folder.glob("*.yml"))
        for found in re.findall(
            r"^\s*-?\s*id:\s*([\w.-]+)\s*$", other.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    objectives = objectives_of(path)
    if objective is not None and objective not in objectives:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                f"objective '{objective}' is not at the head of the file.",
                did_you_mean(objective, objectives) or f"one of {', '.join(objectives)}",
            )
        )
    prefix = objectives[0].partition(".")[0]
    if item_id is None:
        item_id = next(
            name
            for number in range(1, 10_000)
            if (name := f"{prefix}.{kind}-{number}") not in taken
        )
    if not re.fullmatch(ID, item_id):
        raise CourseError(
            Diagnostic(
                shown_path(path),
                f"id '{item_id}' has not the right form.",
                f"write small letters, digits and hyphens with dots between, like {prefix}.binding.poster",
            )
        )
    if item_id in taken:
        raise CourseError(
            Diagnostic(
                shown_path(taken[item_id]),
                "an item has this id already.",
                "give another one; ids are for ever",
                item=item_id,
            )
        )
    head = [
        f"id: {item_id}",
        f"objective: {objective or objectives[0]}",
        "level: apply  # remember, understand, apply, analyse or evaluate",
        f"use: [{use}]",
        f"kind: {kind}",
        *(["points: 2"] if kind == "text" else []),
        "stem: >-",
        "  TODO the question, answerable before one looks at the options.",
    ]
    lines = [
        *head,
        *BODIES[kind].splitlines(),
        "facts: []  # TODO ids of the facts on which the key rests",
    ]
    return path, item_id, "  - " + indent("\n".join(lines), "    ").lstrip() + "\n"


def objectives_of(path):
    """Ids of the objectives of a bank file, also of one whose items are being written."""
    try:
        return [row["id"] for row in yaml.safe_load(path.read_text(encoding="utf-8"))["objectives"]]
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                "its objectives can not be read.",
                "mend the file first; `course check` tells where",
            )
        ) from error


def append_item(path, item_id, text):
    """Put an item at the end of a bank, wholly or not at all; CourseError where the items are not the last thing in the file."""
    before = path.read_text(encoding="utf-8")
    after = before.rstrip("\n") + "\n\n" + text
    try:
        was, now = (yaml.safe_load(words)["items"] for words in (before, after))
        fits = len(now) == len(was) + 1 and now[-1]["id"] == item_id
    except (yaml.YAMLError, TypeError, KeyError, IndexError):
        fits = False
    if not fits:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                "an item can not be put at its end.",
                "call the command with --print, and paste what it prints among the items",
            )
        )
    beside = path.with_suffix(".tmp")
    beside.write_text(after, encoding="utf-8")
    os.replace(beside, path)
