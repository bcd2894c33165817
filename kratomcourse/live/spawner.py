"""Start each person's notebook server in a sandbox, in their own home, a few at a time."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
from jupyterhub.spawner import LocalProcessSpawner

from ..bubblewrap import relocated_python
from ..cpu import cpu_count
from .hub_directory import HubDirectory
from .participant.server_extension import EXCHANGE, HUB_PATIENCE
from .user_sandbox import ResourceLimits, python_environment, sandboxed_command
from .users import LEADER

# Starting a server keeps one processor busy; more at once would only make everyone wait longer.
SPAWN_SLOTS = asyncio.Semaphore(cpu_count() + 1)
SPAWN_QUEUE: list[str] = []
# Seconds that a server waits for a hub that is gone; a new hub takes it over within this time.
PATIENCE = 600


class UserSpawner(LocalProcessSpawner):  # type: ignore[misc]
    """One server for each person. The leader's runs next to the gradebook, without a sandbox."""

    async def start(self) -> tuple[str, int]:
        """Wait for a slot, start the server and return (ip, port) once it listens."""
        self.room = HubDirectory.of_environment()
        name = self.user.name
        SPAWN_QUEUE.append(name)
        try:
            async with SPAWN_SLOTS:
                self.prepare(name)
                with self.room.log(name).open("ab") as log:
                    self.popen_kwargs |= {"stdout": log, "stderr": subprocess.STDOUT}
                    ip, port = await super().start()
                SPAWN_QUEUE.remove(name)
                await self.wait_until_listening(ip, port)
                return ip, port
        finally:
            if name in SPAWN_QUEUE:
                SPAWN_QUEUE.remove(name)

    async def wait_until_listening(self, ip: str, port: int) -> None:
        """Keep the slot until the server listens; RuntimeError if it ends instead."""
        until = time.monotonic() + self.http_timeout
        while time.monotonic() < until:
            if self.proc.poll() is not None:
                log = self.room.log(self.user.name)
                last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
                error = RuntimeError(f"the server of {self.user.name} ended at once: {last}")
                error.jupyterhub_message = (  # type: ignore[attr-defined]
                    "Your notebooks could not be opened. Please tell the leader. "
                    "What you wrote is still there."
                )
                raise error
            try:
                _, line = await asyncio.open_connection(ip, port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                line.close()
                return

    def prepare(self, name: str) -> None:
        """Create home and exchange folders, and set the command line of this person."""
        room = self.room
        server = ["-m", "jupyterhub.singleuser"]
        self.default_url = f"/lab/tree/{room.opens()}" if room.opens() else "/lab"
        self.limits: ResourceLimits | None = None
        self.sandboxed = False
        if name != LEADER:
            account = room.users().account(name)
            home = room.home(name, account)
        try:
            room.distribute(name)
        except OSError as error:  # a full disk keeps no one from what is there already
            self.log.error("the chapters could not be copied for %s: %s", name, error)
        if name == LEADER:
            self.cmd, self.notebook_dir = [sys.executable, *server], str(room.leader)
            return
        self.sandboxed = room.settings["sandbox"]
        self.limits = ResourceLimits(room.settings["memory_mb"])
        self.cgroup_files = self.limits.group(name)
        if self.sandboxed:
            sandbox = sandboxed_command(name, account, room.sandbox_mounts(name, account))
            self.cmd = [*sandbox, relocated_python().executable, *server]
            self.notebook_dir = f"/home/{name}"
        else:
            self.cmd, self.notebook_dir = [sys.executable, *server], str(home)

    def make_preexec_fn(self, name: str) -> Callable[[], None] | None:
        """Return what runs in the child before its program: limits, except for the leader."""
        if self.limits is None:
            return None
        limits, cgroup_files = self.limits, self.cgroup_files
        return lambda: limits.apply(cgroup_files)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Return the environment of the server: the room's, and nothing of the leader's own."""
        name, room = self.user.name, self.room
        own = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "USER": name,
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            HUB_PATIENCE: str(PATIENCE),
        }
        # Libraries with a thread for each processor would only get in each other's way.
        own |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        if name == LEADER:
            own |= {
                "HOME": str(room.leader),
                "PYTHONPATH": str(room.course),
                "JUPYTER_CONFIG_PATH": str(room.settings_of("leader")),
                "SHELL": "/bin/sh",
            }
        elif self.sandboxed:
            own |= python_environment("/course", "/etc/room") | {
                "HOME": f"/home/{name}",
                "SHELL": "/bin/sh",
                EXCHANGE: "/exchange",
            }
        else:
            own |= {
                "HOME": str(room.homes / name),
                "PYTHONPATH": str(room.library),
                "JUPYTER_CONFIG_PATH": str(room.settings_of("person")),
                EXCHANGE: str(room.exchange.folder.parent),
            }
        return env | own

    async def _signal(self, sig: int) -> bool:
        """Signal the server inside its sandbox, so that it can shut down.

        SIGKILL goes to the whole process group.
        """
        try:
            if sig == signal.SIGKILL:
                os.killpg(self.pid, sig)
            else:
                server_process(self.pid).send_signal(sig)
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False
        return True

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what someone reads while they wait."""
        last = None
        while True:
            before = SPAWN_QUEUE.index(self.user.name) if self.user.name in SPAWN_QUEUE else 0
            message = "Your notebooks are being opened."
            if before:
                message = f"{before} {'person is' if before == 1 else 'people are'} before you."
            if message != last:
                yield {"message": message, "progress": 20 if before else 60}
                last = message
            await asyncio.sleep(0.5)


def server_process(pid: int) -> psutil.Process:
    """Return the server's process; bubblewrap has two processes above it."""
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.NoSuchProcess(pid)
    while process.name() == "bwrap" and process.children():
        process = process.children()[0]
    return process
