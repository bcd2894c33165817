"""The warm kernel: a Jupyter kernel provisioner that forks a kernel behind walls in place of starting an interpreter.

A kernel spec asks for it with `"metadata": {"kernel_provisioner": {"provisioner_name": "course-warm-provisioner"}}`.
There is no network inside, so the kernel talks through ipc sockets in a folder that both sides see.
"""

import asyncio
import json
import os
import select
import shutil
import signal
import tempfile
from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Dict, Enum

from .records import Limits
from .room import PRELOAD, Ended, Room, RoomDied
from .walls import OUTSIDER, require_walls

KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell")
# The warm parent's shell had figures switched on; the kernel's own shell does not know of it.
FIGURES = "from IPython.core.pylabtools import select_figure_formats; select_figure_formats(get_ipython(), {'png'}); del select_figure_formats"
SOCKETS_INSIDE = "/run/kernel"


class WarmProvisioner(KernelProvisionerBase):
    """Forks kernels from a warm interpreter; limits on memory, processes, files and processor time as for a submission."""

    sandbox = Enum(("bubblewrap", "none"), "bubblewrap", help="none: the kernel runs as you").tag(
        config=True
    )
    limits = Dict(help="limits of a submission, such as {'memory_mb': 2048}").tag(config=True)

    room = visit = folder = None

    async def pre_launch(self, **options):
        manager = self.parent
        if self.sandbox == "bubblewrap":
            require_walls()
        self.folder = Path(tempfile.mkdtemp(prefix="course-k-"))
        if os.geteuid() == 0 and self.sandbox == "bubblewrap":
            os.chown(self.folder, OUTSIDER, OUTSIDER)
        manager.transport, manager.ip = "ipc", str(self.folder / "k")
        manager.cache_ports = False
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        return await super().pre_launch(cmd=[], **options)

    async def launch_kernel(self, cmd, **options):
        inside = self.connection_info | {"key": self.connection_info["key"].decode()}
        if self.sandbox == "bubblewrap":
            inside["ip"] = f"{SOCKETS_INSIDE}/k"
        self.room = Room(
            Limits(**self.limits), self.sandbox, preload=(*PRELOAD, *KERNEL), shared=self.folder
        )
        await asyncio.to_thread(self.room.open)
        files = {"connection.json": json.dumps(inside).encode()}
        arguments = [
            "-f",
            "connection.json",
            "--HistoryManager.enabled=False",
            "--InteractiveShell.xmode=Plain",
            "--InteractiveShellApp.matplotlib=inline",
            f"--InteractiveShellApp.exec_lines={FIGURES}",
        ]
        self.visit = await asyncio.to_thread(lambda: self.room.enter(files, kernel=arguments))
        return self.connection_info

    @property
    def has_process(self):
        return self.visit is not None

    async def poll(self):
        """None while the kernel lives: it holds its end of the channel open and says nothing on it."""
        if self.visit is None or self.visit.channel is None:
            return 0
        ready, _, _ = select.select([self.visit.channel], [], [], 0)
        return 1 if ready else None

    async def wait(self):
        while await self.poll() is None:
            await asyncio.sleep(0.05)
        await self.kill()
        return 0

    async def send_signal(self, signum):
        if signum == signal.SIGINT and await self.poll() is None:
            self.room.tell({"do": "interrupt"})
        elif signum in (signal.SIGKILL, signal.SIGTERM):
            await self.kill()

    async def kill(self, restart=False):
        if self.visit is not None:
            try:
                await asyncio.to_thread(self.visit.end)
            except (Ended, RoomDied, OSError):
                pass
            self.visit = None

    async def terminate(self, restart=False):
        await self.kill(restart)

    async def cleanup(self, restart=False):
        await self.kill(restart)
        if self.room is not None:
            await asyncio.to_thread(self.room.close)
            self.room = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
