"""Jupyter server extension of a workshop.

`kratomcourse/quiz` counts answers and `kratomcourse/message` has the leader's message. The server
also stops once its hub has been gone for a while, so that none outlives its room.
"""

import json
import os
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import ioloop, web

from .answered import progress_of

EXCHANGE = "KRATOM_EXCHANGE"  # nbgrader's exchange as this server sees it
HUB_PATIENCE = "KRATOM_HUB_PATIENCE"  # seconds; a server without it waits for its hub forever
QUIZ_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


class ProgressHandler(JupyterHandler):
    """How many questions of a fetched quiz have an answer."""

    @web.authenticated
    def get(self) -> None:
        """Answer with questions, answered and empty as JSON; 404 for a quiz that is not there."""
        name = self.get_query_argument("name", "")
        if not QUIZ_NAME.fullmatch(name):
            raise web.HTTPError(400, "That is not the name of a quiz.")
        # A room has one course, so its exchange has one folder.
        exchange = Path(os.environ.get(EXCHANGE, "/exchange"))
        outbound = next(exchange.glob("*/outbound"), exchange / "outbound")
        root = Path(self.settings["server_root_dir"]).expanduser()
        found = progress_of(root / name / f"{name}.ipynb", outbound / name / f"{name}.ipynb")
        if found is None:
            raise web.HTTPError(404, f"There is no quiz {name} here.")
        self.finish(found.as_dict())


class ReadMessageHandler(JupyterHandler):
    """The leader's message to everyone, which the dashboard writes next to the settings."""

    @web.authenticated
    def get(self) -> None:
        """Answer with text and at as JSON; both empty where there is no message."""
        self.finish(read_message())


def read_message() -> dict[str, str]:
    """Return the leader's message: text, and the local time it was written."""
    folder = os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)[0]
    try:
        found = json.loads((Path(folder) / "message.json").read_text(encoding="utf-8"))
        return {"text": str(found.get("text", "")), "at": str(found.get("at", ""))}
    except (OSError, ValueError, AttributeError):
        return {"text": "", "at": ""}


class HubWatch:
    """Stop a server whose hub has not answered for a while.

    stop     : called once
    address  : (host, port) of the hub
    patience : seconds without the hub after which `stop` is called
    every    : seconds between two looks
    """

    def __init__(
        self, stop: Any, address: tuple[str, int], patience: float, every: float = 30
    ) -> None:
        self.stop, self.address, self.patience, self.every = stop, address, patience, every
        self.missed = 0.0

    def look(self) -> None:
        """Try to connect once."""
        try:
            socket.create_connection(self.address, timeout=2).close()
            self.missed = 0.0
        except OSError:
            self.missed += self.every
        if self.missed >= self.patience:
            self.stop()


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    base = server.web_app.settings["base_url"]
    server.web_app.add_handlers(
        ".*$",
        [
            (url_path_join(base, "kratomcourse", "quiz"), ProgressHandler),
            (url_path_join(base, "kratomcourse", "message"), ReadMessageHandler),
        ],
    )
    hub = urlparse(os.environ.get("JUPYTERHUB_API_URL", ""))
    patience = float(os.environ.get(HUB_PATIENCE, "0"))
    if hub.hostname and hub.port and patience:
        watch = HubWatch(server.stop, (hub.hostname, hub.port), patience)
        server.kratomcourse_hub_watch = ioloop.PeriodicCallback(watch.look, watch.every * 1000)
        server.kratomcourse_hub_watch.start()
