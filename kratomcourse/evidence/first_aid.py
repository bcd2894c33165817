"""First aid, step by step: the one list that Help now, the chapter box, slides, handout and
workshop kit print.
"""

import re
from dataclasses import dataclass

from ..errors import CourseError, Diagnostic, did_you_mean
from .fact_format import fact_text
from .facts import load_facts
from .tables import load_rows

SITUATIONS = ("unresponsive", "seizure", "chest-pain")
FACT = re.compile(r"\{fact\}`([^`:]+):(\w+)`")


@dataclass(frozen=True)
class Step:
    """One step as a reader sees it; `facts` are the ids of the facts it rests on."""

    id: str
    lead: str
    detail: str
    short: str
    reason: str
    facts: tuple[str, ...]


def first_aid(situation: str) -> list[Step]:
    """Steps for one situation, in order, with the numbers of their facts filled in.

    situation : one of SITUATIONS
    returns   : list of Step
    raises    : CourseError that names file, row and fix for an unknown situation or fact, or a gap
                in the order
    """
    if situation not in SITUATIONS:
        raise CourseError(
            Diagnostic(
                "first aid",
                f"there is no situation '{situation}'.",
                did_you_mean(situation, SITUATIONS) or f"use one of {', '.join(SITUATIONS)}",
            )
        )
    rows = [row for row in load_rows("first_aid") if row.situation == situation]
    rows.sort(key=lambda row: int(row.step))
    facts = load_facts()
    problems, steps = [], []
    for place, row in enumerate(rows, start=1):
        if int(row.step) != place:
            problems.append(
                Diagnostic(
                    "evidence/first_aid.csv",
                    f"step {row.step} of '{situation}' should be step {place}.",
                    "number the steps of a situation from 1, without a gap",
                    None,
                    row.id,
                )
            )
        ids = tuple(filter(None, map(str.strip, row.facts.split(";"))))
        ids += tuple(
            match[1]
            for text in (row.lead, row.detail, row.short)
            for match in FACT.finditer(text)
            if match[1] not in ids
        )
        if unknown := [fact_id for fact_id in ids if fact_id not in facts]:
            problems += [
                Diagnostic(
                    "evidence/first_aid.csv",
                    f"there is no fact '{fact_id}'.",
                    did_you_mean(fact_id, facts) or "add the fact to facts.csv",
                    None,
                    row.id,
                )
                for fact_id in unknown
            ]
            continue
        lead, detail, short, reason = (
            FACT.sub(lambda match: fact_text(facts[match[1]], match[2]), text)
            for text in (row.lead, row.detail, row.short, row.reason)
        )
        steps.append(Step(row.id, lead, detail, short, reason, ids))
    if not rows:
        problems.append(
            Diagnostic(
                "evidence/first_aid.csv", f"there is no step for '{situation}'.", "add its rows"
            )
        )
    if problems:
        raise CourseError(problems)
    return steps
