"""Pages for a question to the room, the wall, a timer, feedback, certificate and archive."""

import asyncio
import json
import os
import random
import signal
import tempfile
import time
from functools import cache
from typing import Any

from tornado import ioloop, web

from ..errors import CourseError
from .archive import write_archive
from .hub_directory import HubDirectory
from .poll import PollBox, end_of_timer, seconds_left
from .progress import RoomProgress
from .room_handler import RoomHandler
from .users import LEADER

FEEDBACK_FILE = "feedback-form.jsonl"
FEEDBACK_QUESTIONS = ("useful", "change", "open")  # names of the form's fields
MAX_FEEDBACK = 2_000  # characters of one answer
MAX_FORMS = 2_000
BLOCK = 1 << 20


@cache
def questions() -> dict[str, dict[str, Any]]:
    """Return {id: chapter, stem, options and key} of the questions that can be put to a room.

    Only questions for self-check with one right option; a graded one would give itself away.
    """
    from ..quiz import load_banks
    from ..quiz.bank import shown
    from ..quiz.item_text import to_html  # slow to import

    found = {}
    for chapter, bank in load_banks().items():
        for item in bank.used_for("check"):
            if item.kind != "choice":
                continue
            order = [index for _, index in shown(item)]
            found[item.id] = {
                "chapter": chapter,
                "stem": to_html(item.stem),
                "options": [to_html(item.options[index].text, inline=True) for index in order],
                "key": next(
                    place for place, index in enumerate(order) if item.options[index].correct
                ),
            }
    return found


class Tool(RoomHandler):
    """A page that asks about the poll."""

    @property
    def box(self) -> PollBox:
        """The poll of this room."""
        box: PollBox = self.settings["poll"]
        return box


class AskHandler(Tool):
    """The leader asks, asks again, shows, or ends a question."""

    @web.authenticated
    async def post(self) -> None:
        """Do it, and return to the leader's page."""
        self.require_leader()
        what = self.get_body_argument("do", "ask")
        try:
            said = await self.do(what)
        except CourseError as error:
            raise web.HTTPError(400, str(error)) from None
        self.back(said)

    async def do(self, what: str) -> str:
        """Change the poll; return what the page says."""
        steps = {"again": self.box.ask_again, "show": self.box.show, "key": self.box.show_key}
        if what == "ask":
            name = self.get_body_argument("item", "").strip()
            known = await asyncio.to_thread(questions)
            if name not in known:
                return f"There is no question {name or 'without a name'} for a room: choose one."
            asked = known[name]
            self.box.ask(name, asked["stem"], asked["options"], asked["key"])
            return f"{name} is asked. People answer on the page poll of this room."
        if what == "end":
            self.box.end()
            return "The question has ended, and its counts are gone."
        if what not in steps:
            raise web.HTTPError(400, "There is no such step.")
        steps[what]()
        return ""


class QuestionsHandler(Tool):
    """The questions that can be put to the room."""

    @web.authenticated
    async def get(self) -> None:
        """List them by chapter, each with a button."""
        self.require_leader()
        known = await asyncio.to_thread(questions)
        self.render_template("questions.html", questions=known)


class PollHandler(Tool):
    """Where people answer; and where the wall and their pages look what there is."""

    @web.authenticated
    def get(self) -> None:
        """Show the question, or that none is asked."""
        poll = self.box.poll
        self.render_template(
            "poll.html",
            poll=poll.public() if poll else None,
            voted=self.box.has_voted(self.user_name()),
            said=self.get_query_argument("said", ""),
        )

    @web.authenticated
    def post(self) -> None:
        """Count one answer."""
        choice = self.get_body_argument("option", "")
        why = (
            self.box.vote(self.user_name(), int(choice))
            if choice.isdecimal() and len(choice) < 3
            else "Choose one of the answers first."
        )
        self.back(why or "Your answer is counted.", "poll")


class WallHandler(Tool):
    """The page to project: question, histogram, timer."""

    @web.authenticated
    def get(self) -> None:
        """Show it."""
        self.require_leader()
        self.render_template("wall.html")


class WallStateHandler(Tool):
    """What the wall fetches every second."""

    @web.authenticated
    def get(self) -> None:
        """Answer with the poll and the timer as JSON."""
        self.require_leader()
        poll = self.box.poll
        self.finish(
            json.dumps(
                {
                    "poll": poll.public() if poll else None,
                    "timer": seconds_left(self.room.settings.get("timer", 0)),
                }
            )
        )


class TimerHandler(Tool):
    """Starts and removes the timer."""

    @web.authenticated
    def post(self) -> None:
        """Set when it ends."""
        self.require_leader()
        try:
            ends = end_of_timer(self.get_body_argument("minutes", ""), time.time())
        except ValueError:
            raise web.HTTPError(400, "A timer runs for up to 1,440 minutes.") from None
        self.room.write(timer=ends)
        self.back()


class ArchiveHandler(Tool):
    """Everybody's work as one archive."""

    @web.authenticated
    async def get(self) -> None:
        """Write it beside the room, then send it in blocks."""
        self.require_leader()
        room = self.room
        people = sorted(set(room.users().shown()) - {LEADER})
        day = time.strftime("%Y-%m-%d")
        with tempfile.TemporaryFile(dir=room.folder) as file:
            await asyncio.to_thread(write_archive, room.homes, people, file)
            self.set_header("Content-Type", "application/zip")
            self.set_header("Content-Disposition", f'attachment; filename="workshop-{day}.zip"')
            self.set_header("Content-Length", str(file.tell()))
            file.seek(0)
            while block := file.read(BLOCK):
                self.write(block)
                await self.flush()
        await self.finish()


class FormHandler(Tool):
    """What someone says about the workshop, without their name."""

    @web.authenticated
    def get(self) -> None:
        """Show the form."""
        self.render_template("form.html")

    @web.authenticated
    def post(self) -> None:
        """Keep the answers, without name and time."""
        rating = self.get_body_argument("rating", "")
        answers = {
            name: self.get_body_argument(name, "").strip()[:MAX_FEEDBACK]
            for name in FEEDBACK_QUESTIONS
        }
        answers["rating"] = rating if rating in ("1", "2", "3", "4", "5") else ""
        if any(answers.values()) and len(read_feedback(self.room)) < MAX_FORMS:
            with (self.room.folder / FEEDBACK_FILE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(answers) + "\n")
        self.back("Thank you. What you said is kept without your name.")


class AnswersHandler(Tool):
    """What everyone said, for the leader."""

    @web.authenticated
    def get(self) -> None:
        """Show it in an order that says nothing about who wrote when."""
        self.require_leader()
        forms = read_feedback(self.room)
        random.shuffle(forms)
        ratings = [int(form["rating"]) for form in forms if form.get("rating")]
        self.render_template("answers.html", forms=forms, ratings=ratings)


class CertificateHandler(Tool):
    """A certificate that a person's own browser makes; their name isn't sent anywhere."""

    @web.authenticated
    def get(self) -> None:
        """Show the page that prints it."""
        self.render_template(
            "certificate.html",
            day=time.strftime("%-d %B %Y"),
            chapters=[name.removesuffix(".ipynb") for name in self.room.distributed()],
        )


class CloseHandler(Tool):
    """Closes the room, as Ctrl-C in its terminal does."""

    @web.authenticated
    def post(self) -> None:
        """Say what stays, then end the hub, which ends everything else."""
        self.require_leader()
        if self.get_body_argument("sure", "") != "yes":
            return self.back("The room stays open: tick the box to close it.")
        self.finish(
            "The room is closing. What people wrote stays on its machine; "
            "the command that opened the room opens it again."
        )
        # The dashboard is a child of the hub. It answers before the hub stops the proxy.
        ioloop.IOLoop.current().call_later(1, os.kill, os.getppid(), signal.SIGTERM)
        return None


def read_feedback(room: HubDirectory) -> list[dict[str, str]]:
    """Return the forms that people filled in; a line that can't be read is left out."""
    try:
        lines = (room.folder / FEEDBACK_FILE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    forms = []
    for line in lines:
        try:
            forms.append({str(name): str(value) for name, value in json.loads(line).items()})
        except (ValueError, AttributeError):
            continue
    return forms


def shared_tools(room: HubDirectory) -> dict[str, Any]:
    """Return what the pages of one room share."""
    return {"poll": PollBox(room.folder / "poll.json"), "progress": RoomProgress(room.homes)}


HANDLERS = {
    "ask": AskHandler,
    "questions": QuestionsHandler,
    "poll": PollHandler,
    "wall": WallHandler,
    "wall-state": WallStateHandler,
    "timer": TimerHandler,
    "archive": ArchiveHandler,
    "form": FormHandler,
    "answers": AnswersHandler,
    "certificate": CertificateHandler,
    "close": CloseHandler,
}
