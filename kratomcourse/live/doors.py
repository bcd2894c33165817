"""The door of a room: JupyterHub asks here whether somebody may come in."""

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Instance

from .people import LEADER, People, Refused


class RoomAuthenticator(Authenticator):
    """First use: a new person chooses name and password, and shows the room's invitation."""

    people = Instance(People)

    def _people_default(self):
        from .rooms import Room

        return Room.of_environment().people()

    async def authenticate(self, handler, data):
        """The safe name, and whether it is the leader. A refusal is shown on the form, in its own words."""
        try:
            name = self.people.come_in(
                data.get("username", ""),
                data.get("password", ""),
                data.get("invitation", ""),
                handler.request.remote_ip,
            )
        except Refused as refusal:
            raise web.HTTPError(403, str(refusal)) from None
        return {"name": name, "admin": name == LEADER}

    def normalize_username(self, username):
        return username  # come_in has done it
