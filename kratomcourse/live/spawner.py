"""Start each person's notebook server in a sandbox, in their own home, a few at a time."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from jupyterhub.spawner import LocalProcessSpawner

from ..cpu import cpu_count
from .hub_directory import HubDirectory
from .user_sandbox import ResourceLimits, sandboxed_command
from .users import LEADER

# The start of a server is work for one processor; more at once only makes everybody wait longer.
SPAWN_SLOTS = asyncio.Semaphore(cpu_count() + 1)
SPAWN_QUEUE = []


class UserSpawner(LocalProcessSpawner):
    """One server for each person. The leader's runs next to the gradebook, without a sandbox."""

    async def start(self):
        self.room = HubDirectory.of_environment()
        name = self.user.name
        SPAWN_QUEUE.append(name)
        try:
            async with SPAWN_SLOTS:
                self.prepare(name)
                with open(self.room.log(name), "ab") as log:
                    self.popen_kwargs |= {"stdout": log, "stderr": subprocess.STDOUT}
                    ip, port = await super().start()
                SPAWN_QUEUE.remove(name)
                await self.wait_until_listening(ip, port)
                return ip, port
        finally:
            if name in SPAWN_QUEUE:
                SPAWN_QUEUE.remove(name)

    async def wait_until_listening(self, ip, port):
        """Keep the place in the queue until the server listens, or has ended; the hub then looks itself."""
        until = time.monotonic() + self.http_timeout
        while time.monotonic() < until:
            if self.proc.poll() is not None:
                said = (
                    self.room.log(self.user.name)
                    .read_text(encoding="utf-8", errors="replace")
                    .strip()
                    .splitlines()[-1:]
                )
                error = RuntimeError(f"the server of {self.user.name} ended at once: {said}")
                error.jupyterhub_message = "Your notebooks could not be opened. Please tell the leader; what you wrote is still there."
                raise error
            try:
                _, line = await asyncio.open_connection(ip, port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                line.close()
                return

    def prepare(self, name):
        """Home, post-box and command line of this person."""
        room = self.room
        python = [sys.executable, "-m", "jupyterhub.singleuser"]
        self.default_url = f"/lab/tree/{room.opens()}" if room.opens() else "/lab"
        if name != LEADER:
            account = room.people().account(name)
            home = room.home(name, account)
        try:
            room.distribute(name)
        except OSError as error:  # a full disk keeps nobody from what is there already
            self.log.error("the chapters could not be handed out to %s: %s", name, error)
        if name == LEADER:
            self.cmd, self.sandboxed, self.limits = python, False, None
            self.notebook_dir = str(room.leader)
            return
        self.sandboxed = room.settings["sandbox"]
        self.limits = ResourceLimits(room.settings["memory_mb"])
        self.cgroup_files = self.limits.group(name)
        if self.sandboxed:
            self.cmd = sandboxed_command(name, account, room.sandbox_mounts(name, account)) + python
            self.notebook_dir = f"/home/{name}"
        else:
            self.cmd, self.notebook_dir = python, str(home)

    def make_preexec_fn(self, name):
        if self.limits is None:
            return None
        limits, cgroup_files = self.limits, self.cgroup_files
        return lambda: limits.enter(cgroup_files)

    def user_env(self, env):
        """Environment of the server: the room's, and nothing of whoever opened it."""
        name, room = self.user.name, self.room
        beside = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "USER": name,
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        # Two busy libraries with a thread for each processor would only get into each other's way.
        beside |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        if name == LEADER:
            beside |= {
                "HOME": str(room.leader),
                "PYTHONPATH": str(room.course),
                "JUPYTER_CONFIG_PATH": str(room.settings_of("leader")),
                "SHELL": "/bin/sh",
            }
        elif self.sandboxed:
            beside |= {
                "HOME": f"/home/{name}",
                "PYTHONPATH": "/course",
                "JUPYTER_CONFIG_PATH": "/etc/room",
                "SHELL": "/bin/sh",
            }
        else:
            home = str(room.homes / name)
            beside |= {
                "HOME": home,
                "PYTHONPATH": str(room.library),
                "JUPYTER_CONFIG_PATH": str(room.settings_of("person")),
            }
        return env | beside

    async def _signal(self, sig):
        """Signal the server inside its sandbox, so that it can shut down; SIGKILL goes to the whole process group."""
        try:
            if sig == signal.SIGKILL:
                os.killpg(self.pid, sig)
            else:
                server_process(self.pid).send_signal(sig)
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False
        return True

    async def progress(self):
        """What somebody reads who waits."""
        said = None
        while True:
            before = SPAWN_QUEUE.index(self.user.name) if self.user.name in SPAWN_QUEUE else 0
            words = (
                f"{before} {'person is' if before == 1 else 'people are'} before you."
                if before
                else "Your notebooks are being opened."
            )
            if words != said:
                yield {"message": words, "progress": 60 if not before else 20}
                said = words
            await asyncio.sleep(0.5)


def server_process(pid):
    """The server's process: below bubblewrap stand its first process and then the server."""
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.NoSuchProcess(pid)
    while process.name() == "bwrap" and process.children():
        process = process.children()[0]
    return process
