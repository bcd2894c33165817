"""Two forms of one test, for before and after a workshop: the same objectives, levels and points,
and no item in both.

Chooses items only; how a form is printed or handed to a system is the outlets' business.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from ..errors import CourseError, Diagnostic
from .bank import AnyItem, Bank

ItemPair = tuple[AnyItem, AnyItem]
MARKED_BY_KEY = ("choice", "choices", "number", "order", "match")
MOST_STEPS = 4_000  # of one search for forms whose levels agree
TRIES = 25  # searches, each in another order


def parallel_forms(
    banks: Sequence[Bank], count: int, seed: object, use: str = "graded"
) -> tuple[list[AnyItem], list[AnyItem]]:
    """Items of form A and of form B, in the order in which they are asked.

    banks   : list of Bank
    count   : items of one form; each objective gets as many as every other one, but for the
              remainder
    seed    : text or number; the same seed gives the same forms
    use     : `graded` (not shown in the book), `check`, or `any` of the two
    returns : two lists of items; place by place they agree in objective and points, and over all in
              levels
    raises  : CourseError that names the objective for which the bank has too few items
    """
    draw = random.Random(f"parallel:{seed}")
    objectives = [objective.id for bank in banks for objective in bank.objectives]
    pool: dict[str, list[AnyItem]] = {name: [] for name in objectives}
    for bank in banks:
        for item in bank.items if use == "any" else bank.used_for(use):
            if item.kind in MARKED_BY_KEY:
                pool[item.objective].append(item)
    each, rest = divmod(count, len(objectives))
    if not each:
        raise CourseError(
            Diagnostic(
                "parallel",
                f"{count} items cannot cover {len(objectives)} objectives.",
                f"ask for --items {len(objectives)} or more, or for fewer chapters",
            )
        )
    if problems := [
        lack(name, each, pool[name], use) for name in objectives if pairs_at_most(pool[name]) < each
    ]:
        raise CourseError(problems)
    able = [name for name in objectives if pairs_at_most(pool[name]) > each]
    if len(able) < rest:
        short = next(name for name in objectives if name not in able)
        raise CourseError(
            Diagnostic(
                "parallel",
                f"the objective {short}, and others, have no items left for a form of {count}.",
                f"ask for --items {len(objectives) * each + len(able)} or fewer",
                item=short,
            )
        )
    for _ in range(TRIES):
        more = set(draw.sample(able, rest))
        wanted = {name: each + (name in more) for name in objectives}
        choices = {name: pairs(pool[name], draw) for name in objectives}
        # The objective with the fewest pairs first; else a late one finds its items taken by nobody
        # and its levels odd.
        slots = sorted(
            (name for name in objectives for _ in range(wanted[name])),
            key=lambda name: (len(choices[name]), name),
        )
        if chosen := search(slots, choices):
            break
    else:
        raise CourseError(
            [
                uneven(name, pool[name], wanted[name], use)
                for name in objectives
                if same_level_pairs(pool[name]) < wanted[name]
            ]
            or Diagnostic(
                "parallel",
                f"no two forms of {count} {use} items agree in levels.",
                "take another --seed or fewer --items",
            )
        )
    draw.shuffle(chosen)
    return [pair[0] for pair in chosen], [pair[1] for pair in chosen]


def pairs_at_most(items: Sequence[AnyItem]) -> int:
    """How many pairs of items with equal points there are, no item twice."""
    return sum(number // 2 for number in Counter(item.points for item in items).values())


def lack(name: str, number: int, items: Sequence[AnyItem], use: str) -> Diagnostic:
    """The diagnostic for an objective with too few pairs of equal points."""
    there = ", ".join(f"{item.id} ({item.points:g})" for item in items) or "none"
    return Diagnostic(
        "parallel",
        f"the objective {name} needs {number} {'pair' if number == 1 else 'pairs'} of {use} "
        f"items with equal points, and has these: {there}.",
        "add an item for it, give two of its items the same points, or ask for fewer --items",
        item=name,
    )


def same_level_pairs(items: Sequence[AnyItem]) -> int:
    """Number of pairs of one level and equal points."""
    return sum(
        number // 2 for number in Counter((item.points, item.level) for item in items).values()
    )


def uneven(name: str, items: Sequence[AnyItem], number: int, use: str) -> Diagnostic:
    """The diagnostic for an objective whose items differ in level or points."""
    there = ", ".join(f"{item.id} ({item.level}, {item.points:g})" for item in items)
    return Diagnostic(
        "parallel",
        f"the objective {name} lacks {use} items of one level and equal points for {number} "
        f"{'pair' if number == 1 else 'pairs'}, and no other objective makes up for it: "
        f"{there}.",
        "add an item of the level that stands alone, take another --seed, or ask for fewer --items",
        item=name,
    )


def pairs(items: Sequence[AnyItem], draw: random.Random) -> list[ItemPair]:
    """Ordered pairs of items with equal points; those of one level and kind come first, else as
    drawn.
    """
    found = [
        (one, other)
        for one in items
        for other in items
        if one is not other and one.points == other.points
    ]
    draw.shuffle(found)
    return sorted(
        found, key=lambda pair: (pair[0].level != pair[1].level, pair[0].kind != pair[1].kind)
    )


def search(
    slots: Sequence[str], choices: Mapping[str, Sequence[ItemPair]]
) -> list[ItemPair] | None:
    """One pair for each slot, no item twice, levels of both forms equal; None where the search
    finds none.
    """
    steps = 0

    def extend(place: int, used: frozenset[str], levels: Counter[str]) -> list[ItemPair] | None:
        nonlocal steps
        steps += 1
        off = sum(map(abs, levels.values())) // 2
        if steps > MOST_STEPS or off > len(slots) - place:
            return None
        if place == len(slots):
            return []
        for one, other in choices[slots[place]]:
            if one.id in used or other.id in used:
                continue
            now = Counter(levels)
            now[one.level] += 1
            now[other.level] -= 1
            rest = extend(place + 1, used | {one.id, other.id}, now)
            if rest is not None:
                return [(one, other), *rest]
        return None

    return extend(0, frozenset(), Counter())
