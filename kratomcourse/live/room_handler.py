"""What all pages of the room's service share: who asks, the leader's privilege, templates."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, select_autoescape
from jupyterhub.services.auth import HubOAuthenticated
from tornado import web

from .hub_directory import HubDirectory
from .users import LEADER

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape()
)
POLICY = "default-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"


class RoomHandler(HubOAuthenticated, web.RequestHandler):  # type: ignore[misc]
    """A page of the room's service."""

    @property
    def room(self) -> HubDirectory:
        """The room, with its settings as they are now."""
        room: HubDirectory = self.settings["room"]
        return room.read()

    def user_name(self) -> str:
        """Return the account that asks."""
        return str(self.get_current_user()["name"])

    def require_leader(self) -> None:
        """Refuse everyone but the leader."""
        if self.user_name() != LEADER:
            raise web.HTTPError(403, "This page is the leader's.")

    def back(self, text: str = "", page: str = "") -> None:
        """Return to a page of the service, with a sentence to show there."""
        said = f"?said={quote(text)}" if text else ""
        self.redirect(self.settings["prefix"] + page + said)

    def render_template(self, template: str, **words: Any) -> None:
        """Answer with a page."""
        xsrf = self.xsrf_token.decode() if isinstance(self.xsrf_token, bytes) else self.xsrf_token
        self.set_header("Content-Security-Policy", POLICY)
        self.finish(
            TEMPLATES.get_template(template).render(
                room=self.room.settings, xsrf=xsrf, prefix=self.settings["prefix"], **words
            )
        )
