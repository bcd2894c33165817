"""Item analysis: a class's points and answers in, tables out. Judges nobody, and says what a small
class cannot tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ...quiz.bank import key_of, shown
from ...quiz.item_text import with_facts
from ...quiz.responses import chosen, known_error
from ..assignment_source.notebooks import is_personalised
from . import statistics
from .class_results import ClassResults, GradedCell
from .statistics import Estimate

SMALL_CLASS = 30  # below it the report warns in words
THIRDS = ("lower", "middle", "upper")
NO_ANSWER, UNREADABLE, UNKNOWN = (
    "no answer",
    "not in the form asked for",
    "not written down when it was graded",
)


@dataclass(frozen=True)
class Analysis:
    """What a class's work says about the questions of a quiz."""

    quiz: str
    title: str
    students: int
    questions: list[GradedCell]
    # a row a question: number, id, objective, level, kind, points, facility, item_total, both with
    # low and high, omitted
    items: pd.DataFrame
    # a row for each answer given: id, answer, text, right, misconception, lower, middle, upper,
    # all, share
    answers: pd.DataFrame
    misconceptions: pd.DataFrame  # misconception, questions, students, share, times
    totals: pd.Series  # points of each student over the questions that count
    people: dict[str, str]
    reliability: Estimate
    reliability_name: str
    standard_error: float
    mean: float
    sd: float
    most: float
    left_out: list[str] = field(
        default_factory=list
    )  # names of questions in which a person has still to read something
    sizes: tuple[int, ...] = (0, 0, 0)  # students in each third
    # worth a look: (id, what, what it may mean)
    notes: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def is_small(self) -> bool:
        """Whether the class is too small to read single numbers."""
        return self.students < SMALL_CLASS


def analyse(book: ClassResults) -> Analysis:
    """Analysis of a ClassBook.

    A question in which someone's answer still waits for a person is left out of totals and
    reliability; its own facility is that of the answers that were read.
    """
    left_out = [
        question.name for question in book.questions if book.points[question.name].isna().any()
    ]
    counting = [question for question in book.questions if question.name not in left_out]
    scores = book.points[[question.name for question in counting]].to_numpy(float)
    most = np.array([question.most for question in counting], dtype=float)
    totals = pd.Series(scores.sum(axis=1), index=book.points.index)
    group = statistics.thirds(totals.to_numpy())
    names = [question.name for question in counting]
    with_rest = dict(zip(names, statistics.item_total(scores), strict=True))
    items = pd.DataFrame(
        [
            item_row(question, book, with_rest.get(question.name, statistics.UNKNOWN))
            for question in book.questions
        ]
    )
    answers = pd.DataFrame(
        [
            row
            for question in book.questions
            if question.item
            for row in answer_rows(question, book, group)
        ],
        columns=["id", "answer", "text", "right", "misconception", *THIRDS, "all", "share"],
    )
    is_kr20 = len(counting) > 1 and statistics.is_right_or_wrong(scores, most)
    found = Analysis(
        book.quiz,
        book.title,
        len(totals),
        book.questions,
        items,
        answers,
        held(book),
        totals,
        book.people,
        statistics.alpha(scores) if counting else statistics.UNKNOWN,
        "KR-20" if is_kr20 else "Cronbach's alpha",
        statistics.standard_error(scores) if counting else np.nan,
        float(totals.mean()),
        float(totals.std(ddof=1)) if len(totals) > 1 else np.nan,
        float(most.sum()),
        left_out,
        tuple(int((group == third).sum()) for third in range(3)),
    )
    found.notes.extend(worth_a_look(found))
    return found


def item_row(question: GradedCell, book: ClassResults, with_rest: statistics.Estimate) -> Any:
    """Row of one question; facility over the answers that have their points."""
    points = book.points[question.name].dropna()
    share = statistics.facility(np.clip(points / question.most, 0, 1))
    item: Any = question.item
    records = [book.answers[student][question.name] for student in book.points.index]
    blank = sum("answer" in record and record["answer"] is None for record in records)
    return {
        "number": question.number,
        "id": question.id,
        "objective": item.objective if item else "",
        "level": item.level if item else "",
        "kind": item.kind if item else "",
        "points": question.most,
        "marked": len(points),
        "facility": share.value,
        "facility_low": share.low,
        "facility_high": share.high,
        "item_total": with_rest.value,
        "item_total_low": with_rest.low,
        "item_total_high": with_rest.high,
        "omitted": blank,
        "omitted_share": blank / len(records) if records else np.nan,
    }


def answer_rows(question: GradedCell, book: ClassResults, group: Any) -> Iterator[dict[str, Any]]:
    """One row for each answer that could be, or was, given: how many of each third gave it."""
    item: Any = question.item
    given: dict[str, list[int]] = {}
    points = book.points[question.name].to_numpy(float)
    for place, student in enumerate(book.points.index):
        for label in labels(
            item,
            book.answers[student][question.name],
            float(points[place]),
            question.most,
        ):
            given.setdefault(label, [0, 0, 0])[group[place]] += 1
    known = possible(item)
    for label in [
        *known,
        *sorted(
            set(given) - set(known),
            key=lambda label: (label in (NO_ANSWER, UNREADABLE, UNKNOWN), label),
        ),
    ]:
        counts = given.get(label, [0, 0, 0])
        about = known.get(label, {"text": "", "right": False, "misconception": ""})
        yield {
            "id": question.id,
            "answer": label,
            **about,
            **dict(zip(THIRDS, counts, strict=True)),
            "all": sum(counts),
            "share": sum(counts) / max(len(book.points), 1),
        }


def possible(item: Any) -> dict[str, dict[str, Any]]:
    """Label -> text, whether right, misconception: the answers that the bank foresees, in the order
    shown.
    """
    match item.kind:
        case "choice" | "choices":
            return {
                letter: {
                    "text": with_facts(item.options[index].text),
                    "right": item.options[index].correct,
                    "misconception": item.options[index].misconception or "",
                }
                for letter, index in shown(item)
            }
        case "number":
            unit = (f" {item.unit}" if item.unit else "") + (
                " (in the example; each student's numbers are their own)"
                if is_personalised(item)
                else ""
            )
            made = {
                "the key": {"text": f"{item.key:.6g}{unit}", "right": True, "misconception": ""}
            }
            return made | {
                f"error {number}": {
                    "text": f"{error.value:.6g}{unit}",
                    "right": False,
                    "misconception": error.misconception,
                }
                for number, error in enumerate(item.errors, 1)
            }
        case "match":
            return {
                f"row {place}": {
                    "text": f"{with_facts(pair.left)}: {with_facts(pair.right)}",
                    "right": True,
                    "misconception": "",
                }
                for place, pair in enumerate(item.pairs, 1)
            }
        case "order":
            entries = [with_facts(entry) for entry in item.entries]
            return {
                f"step {place}": {
                    "text": f"{one}, then {other}",
                    "right": True,
                    "misconception": "",
                }
                for place, (one, other) in enumerate(pairwise(entries), 1)
            }
        case "code":
            calls = [f"{item.function}({', '.join(map(repr, case.args))})" for case in item.cases]
            return {
                f"case {place}": {"text": call[:120], "right": True, "misconception": ""}
                for place, call in enumerate(calls, 1)
            }
    return {}


def labels(item: Any, record: Any, points: float, most: float) -> list[str]:
    """Which answers a record counts for: one, or several where several can be given at once."""
    if "unknown" in record:
        return [UNKNOWN]
    if "unreadable" in record:
        return [UNREADABLE]
    answer = record["answer"]
    if answer is None:
        return [NO_ANSWER]
    match item.kind:
        case "choice" | "choices":
            picked = set(chosen(item, answer))
            return [letter for letter, index in shown(item) if index in picked] or [UNREADABLE]
        case "number":
            if (
                points >= most
            ):  # the mark decides: with parameters each student has a key of their own
                return ["the key"]
            if is_personalised(
                item
                # what was wrong, too: it was written down when it was graded, by the numbers of
                # this
                # student
            ):
                return [f"error {record['error']}" if "error" in record else "another number"]
            error = known_error(item, answer)
            return [f"error {item.errors.index(error) + 1}" if error else "another number"]
        case "match":
            return [
                f"row {place}"
                for place, (a, b) in enumerate(zip(answer, key_of(item), strict=False), 1)
                if a == b
            ] or ["no row right"]
        case "order":
            key, steps = key_of(item), set(pairwise(answer))
            return [
                f"step {place}" for place, pair in enumerate(pairwise(key), 1) if pair in steps
            ] or ["no step right"]
        case "code":
            return [f"case {place}" for place, right in enumerate(answer, 1) if right] or [
                "no case right"
            ]
    return ["waits for a person" if np.isnan(points) else f"{points:g} of {most:g} points"]


def held(book: ClassResults) -> Any:
    """Misconceptions by how many students showed them in at least one answer.

    A student counts among those asked where a question offered the misconception. In a class of any
    size the table says who chose what, not what someone believes.
    """
    offered: dict[str, set[Any]] = {}
    showed: dict[str, set[Any]] = {}
    times: dict[str, int] = {}
    where: dict[str, list[str]] = {}
    for question in book.questions:
        if question.item is None:
            continue
        names = set(
            filter(None, (row["misconception"] for row in possible(question.item).values()))
        )
        for name in names:
            where.setdefault(name, []).append(question.id)
        for student in book.points.index:
            record = book.answers[student][question.name]
            for name in names:
                offered.setdefault(name, set()).add(student)
            for name in record.get("misconceptions", []):
                showed.setdefault(name, set()).add(student)
                times[name] = times.get(name, 0) + 1
                where.setdefault(name, [question.id])
    rows = []
    for name in where:
        count, asked = (
            len(showed.get(name, ())),
            max(len(offered.get(name, ())), len(showed.get(name, ()))),
        )
        share = statistics.facility(np.repeat([1.0, 0.0], [count, asked - count]))
        rows.append(
            {
                "misconception": name,
                "questions": " ".join(where[name]),
                "students": count,
                "share": share.value,
                "share_low": share.low,
                "share_high": share.high,
                "times": times.get(name, 0),
            }
        )
    table = pd.DataFrame(
        rows,
        columns=[
            "misconception",
            "questions",
            "students",
            "share",
            "share_low",
            "share_high",
            "times",
        ],
    )
    return table.sort_values(
        ["students", "misconception"], ascending=[False, True], ignore_index=True
    )


def worth_a_look(found: Any) -> Any:
    """(id, what, what it may mean) where even the interval speaks; never a verdict on a
    question.
    """
    options_of = {
        question.id: len(question.item.options)
        for question in found.questions
        if question.item and question.item.kind == "choice"
    }
    for row in found.items.itertuples():
        if row.item_total_high < 0.1:
            yield (
                row.id,
                "who does well elsewhere does not do better here (item-total "
                f"{row.item_total:.2f}, at most {row.item_total_high:.2f})",
                "is the key right, and can the question be read in two ways?",
            )
        if row.facility_low > 0.95:
            yield (
                row.id,
                f"nearly everybody has it (facility {row.facility:.2f})",
                "good as a start; it tells students apart no more",
            )
        if row.kind == "choice" and row.facility_high < 1 / options_of[row.id]:
            yield (
                row.id,
                f"fewer have it than guessing would give (facility {row.facility:.2f})",
                "was it taught, and is the key right?",
            )
        if row.omitted_share > 0.2 and row.omitted >= 3:
            yield (
                row.id,
                f"{row.omitted} left it empty",
                "is it plain what is asked, and was there time?",
            )
    options = found.answers[
        found.answers["id"].isin(found.items.loc[found.items["kind"] == "choice", "id"])
    ]
    for item_id, rows in options.groupby("id", sort=False):
        key = rows.loc[rows["right"].astype(bool), "upper"].sum()
        for row in rows[~rows["right"].astype(bool)].itertuples():
            if (
                row.upper > key
                and statistics.facility(np.repeat([1.0, 0.0], [row.upper, key])).low > 0.5
            ):
                yield (
                    item_id,
                    f"in the upper third more chose {row.answer} ({row.upper}) than the key "
                    f"({key})",
                    "is that option right as well?",
                )
