"""An assignment as lines of text: its questions in order, with points and keys."""

from collections.abc import Iterator
from textwrap import fill, indent

from ..quiz.assignments import AssignedBank, minutes_for
from ..quiz.bank import AnyItem, key_of, shown
from ..quiz.item_text import with_facts

WIDTH = 96


def preview_lines(assignment: AssignedBank, keys: bool = True) -> Iterator[str]:
    """Yield an assignment's questions; with `keys` also their answers."""
    time = assignment.minutes or minutes_for(assignment.items)
    count, points = len(assignment.items), assignment.points
    yield f"{assignment.title}: {count} questions, {points:g} points, {time} min"
    if assignment.due:
        yield f"due {assignment.due}"
    if assignment.instructions:
        yield fill(assignment.instructions, WIDTH)
    for number, item in enumerate(assignment.items, 1):
        yield ""
        yield f"{number}. {item.id} ({item.kind}, {item.level}, {item.points:g} points)"
        yield indent(fill(" ".join(with_facts(item.stem).split()), WIDTH - 3), "   ")
        yield from option_lines(item)
        if keys:
            yield f"   Answer: {key_line(item)}"


def option_lines(item: AnyItem) -> Iterator[str]:
    """Yield the options of a question as they are lettered in the book."""
    texts: list[str] = [option.text for option in getattr(item, "options", [])]
    texts = texts or list(getattr(item, "entries", []))
    texts = texts or [pair.right for pair in getattr(item, "pairs", [])]
    for number, pair in enumerate(getattr(item, "pairs", []), 1):
        yield indent(fill(f"{number}. {with_facts(pair.left)}", WIDTH - 5), "     ")
    for letter, index in shown(item):
        yield indent(
            fill(f"{letter}) {' '.join(with_facts(texts[index]).split())}", WIDTH - 5), "     "
        )


def key_line(item: AnyItem) -> str:
    """Return the answer of a question in one line."""
    if item.kind == "text":
        return f"a person reads it, with {len(item.rubric)} criteria"
    if item.kind == "code":
        return f"{len(item.cases)} cases are tried"
    if item.kind == "number":
        own = " in the example; each student has other numbers" if item.template else ""
        return f"{item.key:.6g} {item.unit}".strip() + f" (± {item.allowed:.3g}){own}"
    key = key_of(item)
    return ", ".join(key) if isinstance(key, list) else str(key)
