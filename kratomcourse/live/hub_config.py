"""JupyterHub's settings for a room; `launch` starts the hub with this file."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from kratomcourse.live import authenticator, hub_directory, spawner
from kratomcourse.live.proxy_install import proxy_command

c = get_config()  # type: ignore[name-defined]
room = hub_directory.HubDirectory.of_environment()
settings = room.settings
ports = settings["ports"]
here = Path(__file__).resolve().parent
python_path = str(here.parents[1])


def stop_with_launcher(launcher: int) -> None:
    """Close the hub in good order when the command that started it is gone."""
    while os.getppid() == launcher:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=stop_with_launcher, args=(os.getppid(),), daemon=True).start()

# One address for everyone; everything else listens on this machine only.
c.JupyterHub.bind_url = settings["bind_url"]
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{ports['hub']}"
if settings.get("certificate"):
    c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = settings["certificate"]
c.ConfigurableHTTPProxy.command = proxy_command()
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{ports['proxy']}"
c.ConfigurableHTTPProxy.pid_file = str(room.hub / "proxy.pid")
c.ConfigurableHTTPProxy.log_level = "warn"
c.JupyterHub.db_url = f"sqlite:///{room.hub / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(room.hub / "cookie_secret")
c.JupyterHub.template_paths = [str(here / "templates")]
c.JupyterHub.template_vars = {
    "room_name": settings["name"],
    "room_invitation": bool(settings.get("invitation")),
    "room_warning": settings["warning"],
}
c.JupyterHub.default_url = "/hub/spawn"
c.JupyterHub.log_level = "INFO"

c.JupyterHub.authenticator_class = authenticator.InvitationAuthenticator
c.Authenticator.allow_all = True  # the authenticator itself asks for list and invitation
c.Authenticator.admin_users = {"leader"}
c.JupyterHub.admin_access = False

c.JupyterHub.spawner_class = spawner.UserSpawner
c.Spawner.start_timeout = 600  # includes the time in the queue
c.Spawner.http_timeout = 180
c.Spawner.env_keep = ["LANG"]
c.LocalProcessSpawner.interrupt_timeout = 10
c.JupyterHub.concurrent_spawn_limit = 0  # the spawner has a queue, which is kinder than a refusal
c.JupyterHub.active_server_limit = settings["most"]

service_environment = {
    "PYTHONPATH": python_path,
    hub_directory.ENVIRONMENT: os.environ[hub_directory.ENVIRONMENT],
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
}
c.JupyterHub.services = [
    {
        "name": "room",
        "url": f"http://127.0.0.1:{ports['page']}",
        "command": [sys.executable, "-m", "kratomcourse.live.dashboard_service"],
        "environment": service_environment,
        "oauth_no_confirm": True,
        "display": True,
    },
    {
        "name": "idle",
        "command": [
            sys.executable,
            "-m",
            "kratomcourse.live.idle_culler",
            f"--timeout={60 * settings['idle_minutes']}",
            "--cull-every=120",
        ],
        "environment": service_environment,
    },
]
c.JupyterHub.load_roles = [
    {"name": "room", "services": ["room"], "scopes": ["list:users", "read:users", "read:servers"]},
    {
        "name": "idle",
        "services": ["idle"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    },
    {"name": "user", "scopes": ["self", "access:services!service=room"]},
]
