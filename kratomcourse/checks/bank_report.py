"""The report of `course check --bank`: can a key be found without reading the question?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import Diagnostic
from ..quiz import load_banks
from ..quiz.bank import Bank
from .cues import Balance, CueResult, SeenItem, balances, cue_results, questions
from .exemptions import FILE, check_exemptions, not_cleared
from .guesser import GIVEN_AWAY, MODELS, Guesses, Share, guess

FEWEST_TO_LEARN = 3  # cleared chapters that can be judged among themselves
BANKS = "quizzes/bank"


@dataclass
class BankReport:
    """What the guesser and the single cues find, in every chapter and in those that are judged."""

    guesses: Guesses  # of every chapter
    judged: Guesses  # of the chapters that the check judges
    cues: list[CueResult]
    balances: list[Balance]
    chapters: dict[str, str]  # chapter of each item
    waiting: set[str]  # chapters that the check does not judge yet
    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        """Return the report for machines."""
        return {
            "clean": self.is_clean,
            "chance": self.guesses.bank[MODELS[0]].chance,
            "bank": {model: as_record(share) for model, share in self.guesses.bank.items()},
            "chapters": {
                chapter: {
                    "judged": chapter not in self.waiting,
                    **{model: as_record(share) for model, share in shares.items()},
                }
                for chapter, shares in self.guesses.chapters.items()
            },
            "given_away": dict(self.guesses.given_away),
            "cues": {
                cue.name: {"keys": cue.keys, "distractors": cue.distractors, "z": cue.z}
                for cue in self.cues
            },
            "errors": list(map(str, self.errors)),
            "warnings": list(map(str, self.warnings)),
        }

    def as_text(self) -> str:
        """Return the report for a terminal."""
        share = self.guesses.bank[MODELS[0]]
        lines = [
            "Keys found by a guesser that sees the options alone"
            f" (chance {share.chance:.0%}, 95% interval in brackets)",
            f"  {'':<22}{'items':>6}" + "".join(f"{model:>22}" for model in MODELS),
        ]
        for chapter, shares in self.guesses.chapters.items():
            lines.append(
                row(chapter, shares, "" if chapter not in self.waiting else "  not judged")
            )
        lines.append(row("bank", self.guesses.bank, ""))
        if self.waiting and self.judged.chapters:
            lines.append(row("chapters judged", self.judged.bank, ""))
        lines += ["", "Single cues", *map(cue_row, self.cues)]
        lines += ["", "Where the keys stand", *map(balance_row, self.balances)]
        named = self.guesses.given_away
        lines += [
            "",
            f"Items whose key more than {GIVEN_AWAY:.0%} of the models find: {len(named)}",
        ]
        lines += [f"  {found:>4.0%}  {self.chapters[item]}  {item}" for item, found in named]
        for title, diagnostics in (("Warnings", self.warnings), ("Errors", self.errors)):
            lines += ["", f"{title}: {len(diagnostics)}", *(f"  {one}" for one in diagnostics)]
        return "\n".join(lines)


def as_record(share: Share) -> dict[str, Any]:
    """Return a share with its interval as plain numbers."""
    return {"found": share.share, "interval": list(share.interval), "items": share.items}


def row(name: str, shares: Mapping[str, Share], note: str) -> str:
    """Return one line of the table of shares."""
    cells = [
        f"{share.share:.0%} ({share.interval[0]:.0%} to {share.interval[1]:.0%})"
        for share in shares.values()
    ]
    items = next(iter(shares.values())).items
    return f"  {name:<22}{items:>6}" + "".join(f"{cell:>22}" for cell in cells) + note


def cue_row(cue: CueResult) -> str:
    """Return one line about a single cue."""
    verdict = (
        "" if cue.is_balanced else "  points at the key" if cue.z > 0 else "  points away from it"
    )
    return (
        f"  {cue.name:<26}keys {cue.keys:5.2f}  distractors {cue.distractors:5.2f}"
        f"  z {cue.z:6.1f} (limit {cue.limit:.1f}){verdict}"
    )


def balance_row(balance: Balance) -> str:
    """Return one line about where keys stand."""
    shares = "  ".join(f"{share:4.0%}" for share in balance.shares)
    low, high = balance.bounds
    verdict = "" if balance.is_balanced else f"  outside {low:.0%} to {high:.0%}"
    name = f"{balance.what}, {balance.options} options"
    return f"  {name:<34}{balance.items:>4} items  {shares}{verdict}"


def check_bank(root: Path, chapter: str | None = None) -> BankReport:
    """Return the report on the banks of the course at `root`.

    chapter : show cues and named items of this chapter alone
    raises  : CourseError where scikit-learn is not installed
    """
    banks = load_banks()
    waiting = not_cleared(root, "options")
    report = judge(banks.values(), waiting, chapter)
    report.errors += check_exemptions(root, banks)
    return report


def judge(banks: Iterable[Bank], waiting: set[str], chapter: str | None = None) -> BankReport:
    """Return the report on some banks.

    waiting : chapters that are measured but not judged
    chapter : show cues and named items of this chapter alone
    """
    items = questions(banks)
    judged = [item for item in items if item.chapter not in waiting]
    everything = guess(items)
    enough = len({item.chapter for item in judged}) >= FEWEST_TO_LEARN
    found = everything if len(judged) == len(items) else guess(judged, () if enough else items)
    shown = [item for item in items if chapter in (None, item.chapter)]
    if chapter is not None:
        own = {item.id for item in shown}
        kept = {item: share for item, share in everything.items.items() if item in own}
        everything = Guesses(everything.bank, everything.chapters, kept)
    report = BankReport(
        everything,
        found,
        cue_results(shown),
        balances(shown),
        {item.id: item.chapter for item in items},
        {item.chapter for item in items} & waiting,
    )
    report.errors += guesser_errors(found)
    report.errors += cue_errors(judged)
    if report.waiting:
        names = ", ".join(sorted(report.waiting))
        report.warnings.append(
            Diagnostic(
                FILE,
                f"the options of these chapters are measured but not judged: {names}.",
                "rewrite or clear their choice items, then remove the row",
            )
        )
    return report


def guesser_errors(guesses: Guesses) -> list[Diagnostic]:
    """Return a diagnostic for each model that finds more keys than the bank may give away."""
    worst = ", ".join(item for item, _ in guesses.given_away[:5])
    return [
        Diagnostic(
            BANKS,
            f"the {model} of the options alone give away {share.share:.0%} of {share.items} keys,"
            f" where {share.limit:.0%} may be.",
            f"rewrite the items that the report names, first of all {worst}",
        )
        for model, share in guesses.bank.items()
        if share.share > share.limit
    ]


def cue_errors(items: Sequence[SeenItem]) -> list[Diagnostic]:
    """Return a diagnostic for each cue that separates the keys of a set of items."""
    found = []
    for cue in cue_results(items):
        if not cue.is_balanced:
            which = f", such as {', '.join(cue.alone[:4])}" if cue.alone else ""
            found.append(
                Diagnostic(
                    BANKS,
                    f"'{cue.name}' tells keys ({cue.keys:.2f}) from distractors"
                    f" ({cue.distractors:.2f}): {cue.z:+.1f} standard deviations,"
                    f" where {cue.limit:.1f} may be chance.",
                    f"spread it evenly over keys and distractors{which}",
                )
            )
    for balance in balances(items):
        if not balance.is_balanced:
            low, high = balance.bounds
            shares = ", ".join(f"{share:.0%}" for share in balance.shares)
            found.append(
                Diagnostic(
                    BANKS,
                    f"the {balance.what} of the keys of {balance.items} items with"
                    f" {balance.options} options is uneven: {shares}.",
                    f"each should hold {low:.0%} to {high:.0%} of the keys",
                )
            )
    return found
