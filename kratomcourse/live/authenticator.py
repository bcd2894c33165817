"""JupyterHub's authenticator for a workshop: name, password and, the first time, an invitation."""

from typing import Any

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Instance

from .users import LEADER, LoginRefused, Users


class InvitationAuthenticator(Authenticator):  # type: ignore[misc]
    """First use: a new person chooses name and password and gives the room's invitation."""

    users = Instance(Users)

    def _users_default(self) -> Users:
        from .hub_directory import HubDirectory

        return HubDirectory.of_environment().users()

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any]:
        """Return the account and whether it is the leader's; the form shows why one is refused."""
        try:
            name = self.users.log_in(
                data.get("username", ""),
                data.get("password", ""),
                data.get("invitation", ""),
                handler.request.remote_ip,
            )
        except LoginRefused as refusal:
            raise web.HTTPError(403, str(refusal)) from None
        return {"name": name, "admin": name == LEADER}

    def normalize_username(self, username: str) -> str:
        """Return the name as it is: log_in has derived the account."""
        return username
