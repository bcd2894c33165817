"""The room's page, a service of the hub with the hub's login.

For everyone: chapters, what they submitted, where help is. For the leader: who is here, who has
submitted, the next chapter, a message to everyone, and the quiz from release to feedback.
"""

import asyncio
import contextlib
import json
import os
import re
import socket
import sys
import time
from pathlib import Path
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado import httpserver, ioloop, web
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from ..errors import CourseError
from .exchange import LatestSubmission
from .feedback import WAITING
from .hub_directory import HubDirectory, free_megabytes
from .leader_tools import HANDLERS, read_feedback, shared_tools
from .poll import seconds_left
from .progress import RoomProgress
from .projector_page import projector_page
from .room_handler import RoomHandler
from .users import LEADER, MIN_PASSWORD, LoginRefused

MAX_MESSAGE = 500
FEEDBACK = ["python", "-m", "kratomcourse.live.feedback"]
RELEASE_FEEDBACK = [
    ["nbgrader", "generate_feedback", "{quiz}", "--force"],
    ["nbgrader", "release_feedback", "{quiz}"],
]

# What the leader does with a quiz, in commands of the guide for instructors.
STEPS = {
    "release": (
        "Release",
        [
            ["nbgrader", "generate_assignment", "{quiz}", "--force"],
            ["nbgrader", "release_assignment", "{quiz}", "--force"],
        ],
    ),
    "grade": (
        "Collect and grade",
        [["course", "collect", "{quiz}", "--room", "{room}"], ["course", "grade", "{quiz}"]],
    ),
    "feedback": ("Release feedback", [[*FEEDBACK, "check", "{quiz}"], *RELEASE_FEEDBACK]),
    "feedback-now": ("Release feedback, unread answers marked", RELEASE_FEEDBACK),
}
BUTTONS = ("release", "grade", "feedback")


class StepRunner:
    """Runs one step at a time and remembers what the last one printed."""

    def __init__(self, room: HubDirectory) -> None:
        self.room, self.lock = room, asyncio.Lock()
        self.last: dict[str, Any] = {}

    async def run(self, quiz: str, step: str) -> None:
        """Run the commands of a step; does nothing while another step runs."""
        title, commands = STEPS[step]
        if self.lock.locked():
            return
        async with self.lock:
            self.last = {
                "title": f"{title}: {quiz}",
                "quiz": quiz,
                "running": True,
                "lines": [],
                "ok": None,
                "waiting": False,
            }
            if why := self.too_early(quiz, step):
                self.last |= {"running": False, "ok": False, "lines": [why]}
                return
            code = 0
            for command in commands:
                places = {"quiz": quiz, "room": self.room.folder}
                code = await self.run_command([word.format(**places) for word in command])
                if code not in (0, 3):
                    break
            self.room.exchange.relay()
            ok = code in (0, 3)
            self.last |= {"running": False, "ok": ok, "waiting": code == WAITING}

    def too_early(self, quiz: str, step: str) -> str:
        """Return why a step has nothing to do yet, or an empty string."""
        course = self.room.leader / "course"
        submitted = any(
            quiz in found for found in self.room.exchange.submissions_by_user().values()
        )
        if step == "grade" and not submitted:
            return f"No one has submitted {quiz} yet."
        if step.startswith("feedback") and not any(course.glob(f"autograded/*/{quiz}")):
            return f"Collect and grade {quiz} first."
        return ""

    async def run_command(self, words: list[str]) -> int:
        """Run one command in the leader's nbgrader folder and keep its last 40 lines."""
        modules = {"course": "kratomcourse.cli", "nbgrader": "nbgrader"}
        program, *rest = words
        if program in modules:
            rest = ["-m", modules[program], *rest]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *rest,
            cwd=self.room.leader / "course",
            env=self.environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        async for line in process.stdout:
            text = line.decode(errors="replace").rstrip()[:300]
            self.last["lines"] = [*self.last["lines"], text][-40:]
        return await process.wait()

    def environment(self) -> dict[str, str]:
        """Return the environment of the leader's commands."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "NBGRADER"))
        }
        return kept | {
            "HOME": str(self.room.leader),
            "PYTHONPATH": str(self.room.course),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }


class DashboardHandler(RoomHandler):
    """The room's page: the leader's, or a person's."""

    @web.authenticated
    async def get(self) -> None:
        """Show the page that belongs to the account that asks."""
        if self.user_name() == LEADER:
            await self.show_leader()
        else:
            self.show_person(self.user_name())

    async def show_leader(self) -> None:
        """Answer with the leader's dashboard."""
        room = self.room
        sources = (room.leader / "course" / "source").glob("*/*.ipynb")
        chapters = sorted(path.stem for path in room.chapters.glob("*.ipynb"))
        newest = room.newest().removesuffix(".ipynb")
        after = [name for name in chapters if name > newest]
        self.render_template(
            "leader.html",
            state=await state_of(self.settings),
            quizzes=sorted(path.parent.name for path in sources),
            last_quiz=room.settings.get("quiz", ""),
            chapters=chapters,
            next=(after or chapters or [""])[0],
            steps={name: STEPS[name][0] for name in BUTTONS},
            said=self.get_query_argument("said", ""),
            poll=self.settings["poll"].poll,
            feedback=len(read_feedback(room)),
        )

    def show_person(self, name: str) -> None:
        """Answer with the page of one person."""
        from ..evidence import box_lines, emergency_numbers, known_text  # slow to import

        room = self.room
        submissions = room.exchange.submissions_by_user().get(name, {})
        emergency = ", ".join(
            f"{number} ({', '.join(countries)})" for number, countries in emergency_numbers()
        )
        self.render_template(
            "person.html",
            name=name,
            shown=room.users().shown().get(name, name),
            submissions=[submission_row(one) for one in submissions.values()],
            chapters=room.distributed(),
            message=room.settings.get("message", {}),
            lines=[(line.service, line.contact, known_text(line)) for line in box_lines()],
            emergency=emergency,
            said=self.get_query_argument("said", ""),
        )


class StateHandler(RoomHandler):
    """What the leader's page fetches every few seconds."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the state of the room as JSON."""
        self.require_leader()
        self.finish(json.dumps(await state_of(self.settings)))


class ProjectorHandler(RoomHandler):
    """The page to project."""

    @web.authenticated
    def get(self) -> None:
        """Show it."""
        self.require_leader()
        self.finish(projector_page(self.room.settings))


class ChapterHandler(RoomHandler):
    """Copies a chapter or a part to everyone."""

    @web.authenticated
    def post(self) -> None:
        """Copy it and say who has it."""
        self.require_leader()
        named = self.get_body_argument("chapter")
        try:
            given, kept = self.room.distribute_to_all(named)
        except CourseError as error:
            raise web.HTTPError(400, str(error)) from None
        except OSError as error:
            raise web.HTTPError(
                507,
                f"The chapter could not be written for everyone ({error.strerror}). "
                "Free some space on the disk, then send it again; nothing was overwritten.",
            ) from None
        shown = self.room.users().shown()
        names = ", ".join(shown.get(name, name) for name in kept)
        text = f"{named} is with {len(given)} {'person' if len(given) == 1 else 'people'}"
        self.back(text + (f"; {names} had changed it and keep their own" if kept else ""))


class SendMessageHandler(RoomHandler):
    """Shows a message on everyone's page and in their notebooks."""

    @web.authenticated
    def post(self) -> None:
        """Keep the message; an empty one removes the last."""
        self.require_leader()
        text = self.get_body_argument("text", "").strip()
        if len(text) > MAX_MESSAGE:
            raise web.HTTPError(400, f"A message has at most {MAX_MESSAGE} characters.")
        self.room.set_message(text, time.strftime("%H:%M"))
        self.back()


class PasswordHandler(RoomHandler):
    """Gives someone who forgot theirs a new password."""

    @web.authenticated
    def post(self) -> None:
        """Set it."""
        self.require_leader()
        name, password = self.get_body_argument("name", ""), self.get_body_argument("password", "")
        if len(password) < MIN_PASSWORD:
            raise web.HTTPError(400, f"A password has at least {MIN_PASSWORD} characters.")
        try:
            self.room.users().set_password(name, password)
        except LoginRefused as refusal:
            raise web.HTTPError(400, str(refusal)) from None
        self.back(f"{name} has a new password")


class QuizHandler(RoomHandler):
    """Starts a step with a quiz."""

    @web.authenticated
    async def post(self) -> None:
        """Start it and return at once; the page shows how it goes."""
        self.require_leader()
        quiz, step = Path(self.get_body_argument("quiz")).name, self.get_body_argument("step")
        source = self.room.leader / "course" / "source" / quiz / f"{quiz}.ipynb"
        if step not in STEPS or not re.fullmatch(r"[\w.-]+", quiz) or not source.exists():
            raise web.HTTPError(400, "There is no such quiz or step.")
        self.room.write(quiz=quiz)
        steps: StepRunner = self.settings["steps"]
        running = asyncio.ensure_future(steps.run(quiz, step))
        self.settings["running"].add(running)
        running.add_done_callback(self.settings["running"].discard)
        self.back()


def submission_row(submission: LatestSubmission) -> dict[str, Any]:
    """Return what a page shows of a submission: quiz, local time, answers."""
    progress = submission.progress
    return {
        "quiz": submission.quiz,
        "when": submission.when(),
        "answered": f"{progress.answered} of {progress.questions} answered" if progress else "",
        "empty": list(progress.empty) if progress else [],
    }


async def state_of(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the leader sees: each person, their submissions, and the room itself."""
    room: HubDirectory = settings["room"].read()
    on_hub = {user["name"]: user for user in await hub_users()}
    submissions, shown = room.exchange.submissions_by_user(), room.users().shown()
    progress: RoomProgress = settings["progress"]
    poll = settings["poll"].poll
    people = []
    for name in sorted((set(shown) | set(submissions)) - {LEADER}):
        rows = [submission_row(one) for one in submissions.get(name, {}).values()]
        people.append(
            {
                "name": name,
                "shown": shown.get(name, name),
                "here": bool(on_hub.get(name, {}).get("servers")),
                "submissions": rows,
                **progress.of(name),
            }
        )
    return {
        "people": people,
        "here": sum(person["here"] for person in people),
        "chapters": room.distributed(),
        "message": room.settings.get("message", {}),
        "free_mb": free_megabytes(room.folder),
        "answers": poll.answers() if poll else None,
        "timer": seconds_left(room.settings.get("timer", 0)),
        "step": settings["steps"].last,
    }


async def hub_users() -> list[dict[str, Any]]:
    """Return the users as the hub knows them."""
    request = HTTPRequest(
        f"{os.environ['JUPYTERHUB_API_URL']}/users?limit=500",
        headers={
            "Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}",
            "Accept": "application/json",
        },
    )
    users: list[dict[str, Any]] = json.loads((await AsyncHTTPClient().fetch(request)).body)
    return users


def application(room: HubDirectory, prefix: str) -> web.Application:
    """Return the web application of the dashboard.

    prefix : path of the service, with a slash at both ends
    """
    handlers = {
        "": DashboardHandler,
        "state": StateHandler,
        "projector": ProjectorHandler,
        "chapter": ChapterHandler,
        "message": SendMessageHandler,
        "password": PasswordHandler,
        "quiz": QuizHandler,
        "oauth_callback": HubOAuthCallbackHandler,
        **HANDLERS,
    }
    return web.Application(
        [(prefix + path, handler) for path, handler in handlers.items()],
        cookie_secret=os.urandom(32),
        xsrf_cookies=True,
        room=room,
        prefix=prefix,
        steps=StepRunner(room),
        running=set(),
        **shared_tools(room),
    )


def serve(line: socket.socket) -> None:
    """Serve the dashboard on a socket that listens already, until the hub is gone."""
    room = HubDirectory.of_environment()
    server = httpserver.HTTPServer(
        application(room, os.environ["JUPYTERHUB_SERVICE_PREFIX"]), max_body_size=100_000
    )
    server.add_socket(line)
    hub = os.getppid()
    relay = ioloop.PeriodicCallback(lambda: relay_or_stop(room, hub), 2000)
    relay.start()
    with contextlib.suppress(KeyboardInterrupt):
        ioloop.IOLoop.current().start()


def relay_or_stop(room: HubDirectory, hub: int) -> None:
    """Relay submissions and feedback; stop when the hub is gone."""
    if os.getppid() != hub:
        ioloop.IOLoop.current().stop()
        return
    try:
        room.exchange.relay()
    except OSError as error:  # a full disk: submissions wait in the person's folder
        print(f"the exchange is waiting: {error}", flush=True)
