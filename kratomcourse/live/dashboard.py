"""The page of the room. For everybody: what was handed out, what they handed in, where help is. For the leader: who is
here, who has handed in, the next chapter for all, a message to all, and the quiz from release to feedback.

A service of the hub, with the hub's login.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, select_autoescape
from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado import httpserver, ioloop, web
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from ..errors import CourseError
from .hub_directory import HubDirectory, free_megabytes
from .projector_page import projector_page
from .users import LEADER, LoginRefused

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape()
)
LONGEST_MESSAGE = 500

# What the leader does with a quiz, in commands of the guide for instructors.
STEPS = {
    "release": (
        "Hand out",
        [
            ["nbgrader", "generate_assignment", "{quiz}", "--force"],
            ["nbgrader", "release_assignment", "{quiz}", "--force"],
        ],
    ),
    "grade": (
        "Collect and mark",
        [["nbgrader", "collect", "{quiz}", "--update"], ["course", "grade", "{quiz}"]],
    ),
    "feedback": (
        "Give feedback",
        [
            ["nbgrader", "generate_feedback", "{quiz}", "--force"],
            ["nbgrader", "release_feedback", "{quiz}"],
        ],
    ),
}


class StepRunner:
    """Runs one step at a time and remembers what the last one said."""

    def __init__(self, room):
        self.room, self.lock, self.said = room, asyncio.Lock(), {}

    async def run(self, quiz, step):
        title, commands = STEPS[step]
        if self.lock.locked():
            return "busy"
        async with self.lock:
            self.said = {"title": f"{title}: {quiz}", "running": True, "lines": [], "ok": None}
            for command in commands:
                words = [word.format(quiz=quiz) for word in command]
                words = [
                    sys.executable,
                    "-m",
                    "kratomcourse.cli" if words[0] == "course" else "nbgrader",
                    *words[1:],
                ]
                process = await asyncio.create_subprocess_exec(
                    *words,
                    cwd=self.room.leader / "course",
                    env=self.environment(),
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.STDOUT,
                )
                async for line in process.stdout:
                    self.said["lines"] = [
                        *self.said["lines"],
                        line.decode(errors="replace").rstrip()[:300],
                    ][-40:]
                code = await process.wait()
                if code not in (0, 3):
                    break
            self.room.exchange.relay()
            self.said |= {"running": False, "ok": code in (0, 3)}
        return "done"

    def environment(self):
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


class RoomHandler(HubOAuthenticated, web.RequestHandler):
    """What all pages of the room share."""

    @property
    def room(self):
        return self.settings["room"].read()

    @property
    def steps(self):
        return self.settings["steps"]

    def user_name(self):
        return self.get_current_user()["name"]

    def require_leader(self):
        if self.user_name() != LEADER:
            raise web.HTTPError(403, "This is the leader's.")

    def render_template(self, template, **words):
        xsrf = self.xsrf_token.decode() if isinstance(self.xsrf_token, bytes) else self.xsrf_token
        self.set_header(
            "Content-Security-Policy",
            "default-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'",
        )
        self.finish(
            TEMPLATES.get_template(template).render(
                room=self.room.settings, xsrf=xsrf, prefix=self.settings["prefix"], **words
            )
        )


class DashboardHandler(RoomHandler):
    @web.authenticated
    async def get(self):
        if self.user_name() == LEADER:
            quizzes = sorted(
                path.parent.name
                for path in (self.room.leader / "course" / "source").glob("*/*.ipynb")
            )
            chapters = sorted(
                path.name.removesuffix(".ipynb") for path in self.room.chapters.glob("*.ipynb")
            )
            after = [
                name
                for name in chapters
                if not self.room.newest() or name > self.room.newest().removesuffix(".ipynb")
            ]
            self.render_template(
                "leader.html",
                state=await state_of(self.settings),
                quizzes=quizzes,
                chapters=chapters,
                next=(after or chapters)[0],
                steps=STEPS,
                said=self.get_query_argument("said", ""),
            )
        else:
            name = self.user_name()
            mine = self.room.exchange.submissions_by_user().get(name, {})
            from ..evidence import box_lines, emergency_numbers, known_text  # slow to import

            lines = [(line.service, line.contact, known_text(line)) for line in box_lines()]
            emergency = ", ".join(
                f"{number} ({', '.join(countries)})" for number, countries in emergency_numbers()
            )
            self.render_template(
                "person.html",
                name=name,
                mine=mine,
                chapters=self.room.distributed(),
                message=self.room.settings.get("message", {}),
                lines=lines,
                emergency=emergency,
            )


class StateHandler(RoomHandler):
    @web.authenticated
    async def get(self):
        self.require_leader()
        self.finish(json.dumps(await state_of(self.settings)))


class ProjectorHandler(RoomHandler):
    """The page to project."""

    @web.authenticated
    def get(self):
        self.require_leader()
        self.finish(projector_page(self.room.settings))


class ChapterHandler(RoomHandler):
    @web.authenticated
    def post(self):
        self.require_leader()
        try:
            given, kept = self.room.distribute_to_all(self.get_body_argument("chapter"))
        except CourseError as error:
            raise web.HTTPError(400, str(error)) from None
        except OSError as error:
            raise web.HTTPError(
                507,
                f"The chapter could not be written for everybody ({error.strerror}). Make room on the disk, then push again; nothing was overwritten.",
            ) from None
        said = f"{self.get_body_argument('chapter')} is with {len(given)} people" + (
            f"; {', '.join(kept)} had written in it, and keep their own" if kept else ""
        )
        self.redirect(f"{self.settings['prefix']}?said={quote(said)}")


class MessageHandler(RoomHandler):
    @web.authenticated
    def post(self):
        self.require_leader()
        text = self.get_body_argument("text", "").strip()
        if len(text) > LONGEST_MESSAGE:
            raise web.HTTPError(400, f"A message has at most {LONGEST_MESSAGE} characters.")
        self.room.write(message={"text": text, "at": time.strftime("%H:%M")} if text else {})
        self.redirect(self.settings["prefix"])


class PasswordHandler(RoomHandler):
    @web.authenticated
    def post(self):
        self.require_leader()
        password = self.get_body_argument("password", "")
        if len(password) < 6:
            raise web.HTTPError(400, "A password has six characters or more.")
        try:
            self.room.people().set_password(self.get_body_argument("name", ""), password)
        except LoginRefused as refusal:
            raise web.HTTPError(400, str(refusal)) from None
        self.redirect(self.settings["prefix"])


class QuizHandler(RoomHandler):
    @web.authenticated
    async def post(self):
        self.require_leader()
        quiz, step = self.get_body_argument("quiz"), self.get_body_argument("step")
        if (
            step not in STEPS
            or not (
                self.room.leader
                / "course"
                / "source"
                / Path(quiz).name
                / f"{Path(quiz).name}.ipynb"
            ).exists()
        ):
            raise web.HTTPError(400, "There is no such quiz or step.")
        running = asyncio.ensure_future(self.steps.run(Path(quiz).name, step))
        self.settings["running"].add(running)
        running.add_done_callback(self.settings["running"].discard)
        self.redirect(self.settings["prefix"])


async def state_of(settings):
    """What the leader sees: each person, whether their notebooks are open, what they handed in and when; and the room's room."""
    room = settings["room"].read()
    users = {user["name"]: user for user in await hub_users()}
    handed_in, people = room.exchange.submissions_by_user(), []
    for name in sorted((set(room.people().load()) | set(handed_in)) - {LEADER}):
        user = users.get(name, {})
        people.append(
            {
                "name": name,
                "here": bool(user.get("servers")),
                "last": user.get("last_activity") or "",
                "handed_in": handed_in.get(name, {}),
            }
        )
    return {
        "people": people, "here": sum(person["here"] for person in people), "chapters": room.distributed(), "message": room.settings.get("message", {}),
        "free_mb": free_megabytes(room.folder), "step": settings["steps"].said,
    }  # fmt: skip


async def hub_users():
    request = HTTPRequest(
        f"{os.environ['JUPYTERHUB_API_URL']}/users?limit=500",
        headers={
            "Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}",
            "Accept": "application/json",
        },
    )
    return json.loads((await AsyncHTTPClient().fetch(request)).body)


def application(room, prefix):
    settings = {"room": room, "prefix": prefix, "steps": StepRunner(room), "running": set()}
    pages = [
        ("", DashboardHandler),
        ("state", StateHandler),
        ("projector", ProjectorHandler),
        ("chapter", ChapterHandler),
        ("message", MessageHandler),
        ("password", PasswordHandler),
        ("quiz", QuizHandler),
        ("oauth_callback", HubOAuthCallbackHandler),
    ]
    return web.Application(
        [(prefix + path, handler) for path, handler in pages],
        cookie_secret=os.urandom(32),
        xsrf_cookies=True,
        **settings,
    )


def serve(line):
    """Serve the page on a socket that listens already, until the hub is gone."""
    room = HubDirectory.of_environment()
    server = httpserver.HTTPServer(
        application(room, os.environ["JUPYTERHUB_SERVICE_PREFIX"]), max_body_size=100_000
    )
    server.add_socket(line)
    hub = os.getppid()
    relaying = ioloop.PeriodicCallback(lambda: relay_or_stop(room, hub), 2000)
    relaying.start()
    with contextlib.suppress(KeyboardInterrupt):
        ioloop.IOLoop.current().start()


def relay_or_stop(room, hub):
    if os.getppid() != hub:  # the hub is gone; a new one starts a new page
        ioloop.IOLoop.current().stop()
        return
    try:
        room.exchange.relay()
    except OSError as error:  # a full disk: submissions wait in the person's folder
        print(f"the exchange is waiting: {error}", flush=True)
