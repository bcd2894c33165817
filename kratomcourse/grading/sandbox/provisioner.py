"""A Jupyter kernel provisioner that forks each kernel from a warm interpreter in a sandbox.

A kernel spec asks for it with
`"metadata": {"kernel_provisioner": {"provisioner_name": "course-warm-provisioner"}}`. There is no
network inside, so the kernel talks through ipc sockets in a folder that both sides see.
"""

import asyncio
import contextlib
import json
import os
import select
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Dict, Enum

from .bwrap import SANDBOX_UID, require_sandbox
from .limits import Limits
from .session import PRELOAD, Sandbox, SandboxCrashed, SessionEnded

KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell")
# The warm parent's shell had figures switched on; the kernel's own shell does not know of it.
FIGURES = (
    "from IPython.core.pylabtools import select_figure_formats;"
    " select_figure_formats(get_ipython(), {'png'}); del select_figure_formats"
)
SOCKETS_INSIDE = "/run/kernel"


class WarmProvisioner(KernelProvisionerBase):
    """Forks kernels from a warm interpreter, with the limits of a submission."""

    isolation = Enum(("bubblewrap", "none"), "bubblewrap", help="none: the kernel runs as you").tag(
        config=True
    )
    limits = Dict(help="limits of a submission, such as {'memory_mb': 2048}").tag(config=True)

    sandbox: Any = None
    session: Any = None
    folder: Path | None = None

    async def pre_launch(self, **options: Any) -> dict[str, Any]:
        """Make the kernel's folder and check that the sandbox is available."""
        manager: Any = self.parent
        if self.isolation == "bubblewrap":
            require_sandbox()
        self.folder = Path(tempfile.mkdtemp(prefix="course-k-"))
        if os.geteuid() == 0 and self.isolation == "bubblewrap":
            os.chown(self.folder, SANDBOX_UID, SANDBOX_UID)
        manager.transport, manager.ip = "ipc", str(self.folder / "k")
        manager.cache_ports = False
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        return await super().pre_launch(cmd=[], **options)

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Start the sandbox and its kernel; returns the connection info."""
        info: Any = self.connection_info
        inside = info | {"key": info["key"].decode()}
        if self.isolation == "bubblewrap":
            inside["ip"] = f"{SOCKETS_INSIDE}/k"
        self.sandbox = Sandbox(
            Limits(**self.limits), self.isolation, preload=(*PRELOAD, *KERNEL), shared=self.folder
        )
        await asyncio.to_thread(self.sandbox.open)
        files = {"connection.json": json.dumps(inside).encode()}
        arguments = [
            "-f",
            "connection.json",
            "--HistoryManager.enabled=False",
            "--InteractiveShell.xmode=Plain",
            "--InteractiveShellApp.matplotlib=inline",
            f"--InteractiveShellApp.exec_lines={FIGURES}",
        ]
        self.session = await asyncio.to_thread(lambda: self.sandbox.start(files, kernel=arguments))
        return self.connection_info

    @property
    def has_process(self) -> bool:
        """Whether a kernel is running."""
        return self.session is not None

    async def poll(self) -> int | None:
        """None while the kernel lives: it holds its end of the channel open and is silent."""
        if self.session is None or self.session.channel is None:
            return 0
        ready, _, _ = select.select([self.session.channel], [], [], 0)
        return 1 if ready else None

    async def wait(self) -> int | None:
        """Wait until the kernel has ended."""
        while await self.poll() is None:
            await asyncio.sleep(0.05)
        await self.kill()
        return 0

    async def send_signal(self, signum: int) -> None:
        """Interrupt or kill the kernel; other signals are ignored."""
        if signum == signal.SIGINT and await self.poll() is None:
            self.sandbox.send_command({"do": "interrupt"})
        elif signum in (signal.SIGKILL, signal.SIGTERM):
            await self.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the session of the kernel."""
        if self.session is not None:
            with contextlib.suppress(SessionEnded, SandboxCrashed, OSError):
                await asyncio.to_thread(self.session.end)
            self.session = None

    async def terminate(self, restart: bool = False) -> None:
        """The same as `kill`."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Close the sandbox and remove the kernel's folder."""
        await self.kill(restart)
        if self.sandbox is not None:
            await asyncio.to_thread(self.sandbox.close)
            self.sandbox = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
