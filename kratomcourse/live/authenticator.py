"""JupyterHub's authenticator for a workshop: name, password and, the first time, an invitation."""

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Instance

from .users import LEADER, LoginRefused, Users


class InvitationAuthenticator(Authenticator):
    """First use: a new person chooses name and password, and shows the room's invitation."""

    people = Instance(Users)

    def _people_default(self):
        from .hub_directory import HubDirectory

        return HubDirectory.of_environment().people()

    async def authenticate(self, handler, data):
        """The safe name, and whether it is the leader. A refusal is shown on the form, in its own words."""
        try:
            name = self.people.log_in(
                data.get("username", ""),
                data.get("password", ""),
                data.get("invitation", ""),
                handler.request.remote_ip,
            )
        except LoginRefused as refusal:
            raise web.HTTPError(403, str(refusal)) from None
        return {"name": name, "admin": name == LEADER}

    def normalize_username(self, username):
        return username  # log_in has done it
