"""A question to the whole room, asked before and after a discussion; and the timer on the wall.

Answers are anonymous: only counts are kept. Who has answered is kept in memory, without the
answer, so that no one answers twice in one round.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import CourseError, Diagnostic

ROUNDS = ("before", "after")
LONGEST_TIMER = 24 * 60  # minutes


@dataclass
class Poll:
    """One question, and how often each option was chosen.

    item    : id in the bank
    stem    : the question as HTML
    options : texts as HTML, in the order of the page
    key     : place of the right option in `options`
    counts  : {round: number of answers for each option}
    round   : the round that is open, or the last one
    open    : whether answers are taken
    shown   : whether the wall shows the histogram
    key_shown : whether the wall marks the right option
    """

    item: str
    stem: str
    options: list[str]
    key: int
    counts: dict[str, list[int]] = field(default_factory=dict)
    round: str = ROUNDS[0]
    open: bool = True
    shown: bool = False
    key_shown: bool = False

    def __post_init__(self) -> None:
        self.counts.setdefault(self.round, [0] * len(self.options))

    def answers(self) -> int:
        """Return how many people have answered in this round."""
        return sum(self.counts[self.round])

    def public(self) -> dict[str, Any]:
        """Return what the wall and people's pages may know: counts only once they're shown."""
        found = asdict(self) | {"answers": self.answers()}
        if not self.shown:
            found["counts"] = {}
        if not self.key_shown:
            del found["key"]
        return found


class PollBox:
    """The poll of a room, kept in one file of counts.

    path : file of the poll; no name of a person is ever in it
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.voted: dict[tuple[str, str], set[str]] = {}
        self.poll: Poll | None = None
        try:
            self.poll = Poll(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self.poll = None

    def ask(self, item: str, stem: str, options: Sequence[str], key: int) -> None:
        """Open a question in its first round; another one is closed and forgotten."""
        self.poll = Poll(item, stem, list(options), key)
        self.voted.clear()
        self.keep()

    def ask_again(self) -> None:
        """Open the second round; the first one's counts stay for the comparison."""
        poll = self.current()
        poll.round, poll.open, poll.shown, poll.key_shown = ROUNDS[1], True, False, False
        poll.counts[poll.round] = [0] * len(poll.options)
        self.voted.pop((poll.item, poll.round), None)
        self.keep()

    def show(self) -> None:
        """Close the round and show the histogram."""
        poll = self.current()
        poll.open, poll.shown = False, True
        self.keep()

    def show_key(self) -> None:
        """Show the histogram, and which option is right."""
        self.show()
        self.current().key_shown = True
        self.keep()

    def end(self) -> None:
        """Forget the question and its counts."""
        self.poll = None
        self.voted.clear()
        self.path.unlink(missing_ok=True)

    def vote(self, person: str, option: int) -> str:
        """Count one answer. Returns why it isn't counted, or an empty string."""
        poll = self.poll
        if poll is None or not poll.open:
            return "No question is open now."
        if not 0 <= option < len(poll.options):
            return "There is no such option."
        voted = self.voted.setdefault((poll.item, poll.round), set())
        if person in voted:
            return "Your answer is counted already."
        voted.add(person)
        poll.counts[poll.round][option] += 1
        self.keep()
        return ""

    def has_voted(self, person: str) -> bool:
        """Return whether someone has answered in this round."""
        poll = self.poll
        return poll is not None and person in self.voted.get((poll.item, poll.round), set())

    def current(self) -> Poll:
        """Return the poll; CourseError if there is none."""
        if self.poll is None:
            raise CourseError(
                Diagnostic("room", "no question is asked now.", "ask one on the leader's page")
            )
        return self.poll

    def keep(self) -> None:
        """Write the counts."""
        from .hub_directory import replace_file

        replace_file(self.path, json.dumps(asdict(self.current())), 0o600)


def end_of_timer(minutes: str, now: float) -> float:
    """Return when a timer ends, in seconds since 1970; 0 for an empty one; ValueError otherwise."""
    if not minutes.strip():
        return 0.0
    length = float(minutes)
    if not 0 < length <= LONGEST_TIMER:
        raise ValueError(minutes)
    return now + 60 * length


def seconds_left(ends: float) -> int:
    """Return the whole seconds that a timer has left, at least 0."""
    return max(0, round(ends - time.time()))
