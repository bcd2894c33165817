"""Launch a room: check that it can be opened, prepare its folder and keep its hub alive."""

import contextlib
import errno
import fcntl
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from ..errors import CourseError, Diagnostic, shown_path
from ..evidence import load_course
from .hub_directory import ENVIRONMENT, HubDirectory, require_space
from .projector_page import projector_page, qr_for_terminal
from .proxy_install import install_proxy, is_installed, stop_orphan_proxy
from .user_sandbox import ResourceLimits, sandbox_unavailable
from .users import LEADER, new_invitation, new_password, read_allow_list

LOOPBACK = "127.0.0.1"
UNSANDBOXED_WARNING = (
    "All servers of this room run under one account: people here can read each other's work, and "
    "submit in another's name. Do not use this room for grades, for exams, or for anything that "
    "someone would not read aloud."
)
RESTARTS = 3  # of a hub that ends by itself, within
RESTART_WINDOW = 300  # seconds
Say = Callable[[str], Any]


@dataclass(frozen=True)
class HubOptions:
    """How a room is opened.

    serve      : listen on this machine's network and not on loopback only
    address    : address of this machine to listen on; found if None
    chapters   : what everyone has from the start; the last one is opened
    people     : file with the names that may log in; anyone with the invitation if None
    invitation : kept from the last launch or made if None; none if empty
    memory_mb  : memory of one person
    idle_minutes : minutes after which an idle server is stopped
    most       : most people with a server at one time
    """

    name: str = field(default_factory=lambda: load_course().title)
    port: int = 8000
    serve: bool = False
    address: str | None = None
    chapters: Sequence[str] = ("1",)
    people: Path | None = None
    invitation: str | None = None
    sandbox: bool = True
    memory_mb: int = 2048
    idle_minutes: int = 60
    most: int = 60


def launch_hub(folder: Path, course: Path, options: HubOptions, say: Say = print) -> int:
    """Open a room and stay until Ctrl-C; return the hub's exit code.

    folder : the room's folder, created if absent; what people wrote in it stays
    course : the course's own folder
    raises : CourseError for what has to be fixed first
    """
    require_sandbox(options.sandbox)
    require_writable(folder)
    require_space(folder)
    if not is_installed():
        install_proxy(say)
    address = listen_address(options.serve, options.address)
    room = HubDirectory(folder, course).read()
    with DirectoryLock(room) as lock:
        stop_orphan_proxy(room.hub / "proxy.pid")
        require_port(address, options.port)
        prepare(room, options, address, say)
        password = leader_password(room)
        project = room.folder / "project.html"
        project.write_text(projector_page(room.settings), encoding="utf-8")
        project.chmod(0o600)
        # Close in good order on any signal, here and in what is started; a closed terminal sends
        # one too.
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.default_int_handler)
        return supervise(room, lock, lambda: announce(room, options, password, say), say)


def prepare(room: HubDirectory, options: HubOptions, address: str, say: Say) -> None:
    """Write the settings of this launch, and make what the room needs from the course."""
    allowed = read_allow_list(options.people) if options.people else None
    groups = [room.notebooks(chapter) for chapter in options.chapters]
    names = list(dict.fromkeys(name for group in groups for name in group))
    scheme = "http" if address == LOOPBACK else "https"
    room.folder.mkdir(parents=True, exist_ok=True)
    before = room.settings
    room.write(
        name=options.name,
        sandbox=options.sandbox,
        warning="" if options.sandbox else UNSANDBOXED_WARNING,
        allowed=allowed,
        invitation=choose_invitation(options.invitation, before.get("invitation"), bool(allowed)),
        memory_mb=options.memory_mb,
        idle_minutes=options.idle_minutes,
        most=options.most,
        bind_url=f"{scheme}://{address}:{options.port}/",
        ports=choose_ports(before.get("ports", {})),
        certificate=None,
        fingerprint="",
        chapters=[name for name in before.get("chapters", []) if name not in names] + names,
        opens=groups[-1][0] if groups else "",
    )
    say("preparing the plain notebooks and the course that people import")
    room.make()
    if scheme == "https":
        from .certificate import certificate_for

        certificate, key, fingerprint = certificate_for(room.hub, address)
        room.write(certificate=[str(certificate), str(key)], fingerprint=fingerprint)


def choose_invitation(wanted: str | None, kept: str | None, has_list: bool) -> str:
    """Return the room's invitation; a list of names needs none."""
    if has_list and not wanted:
        return ""
    return (kept or new_invitation()) if wanted is None else wanted.strip().lower()


def supervise(
    room: HubDirectory, lock: "DirectoryLock", opened: Callable[[], None], say: Say
) -> int:
    """Run the hub until Ctrl-C, and start it again if it ends by itself.

    opened  : called once, when the room answers
    returns : the hub's exit code
    """
    ended: list[float] = []
    hub = start_hub(room, lock)
    try:
        wait_until_open(room, hub, say)
        opened()
        while True:
            code = hub.wait()
            ended = [when for when in ended if time.monotonic() - when < RESTART_WINDOW]
            if code == 0 or len(ended) >= RESTARTS:
                return code
            ended.append(time.monotonic())
            say(f"the hub ended by itself ({code}); starting it again")
            stop_orphan_proxy(room.hub / "proxy.pid")
            hub = start_hub(room, lock)
            wait_until_open(room, hub, say)
            say("the room is open again; people log in again, and nothing they submitted is lost")
    except KeyboardInterrupt:
        say("closing the room; people's work stays in " + shown_path(room.homes))
        hub.send_signal(signal.SIGTERM)
        return hub.wait(timeout=120)
    finally:
        if hub.poll() is None:
            hub.send_signal(signal.SIGTERM)
        else:
            stop_orphan_proxy(room.hub / "proxy.pid")


def require_sandbox(wanted: bool) -> None:
    """Raise CourseError if the sandbox cannot be had, or if everyone's code would run as root."""
    if not wanted and os.geteuid() == 0:
        raise CourseError(
            Diagnostic(
                "course live",
                "without the sandbox everyone's code would run as root.",
                "open the room as an ordinary user, or with the sandbox",
            )
        )
    why = sandbox_unavailable() if wanted else ""
    if not why:
        return
    fix = (
        "install bubblewrap (Debian: apt install bubblewrap) or open the room in a Linux virtual "
        "machine"
    )
    if "namespaces" in why:  # it is installed, and the system does not let this account use it
        fix = (
            "let ordinary accounts create namespaces (sysctl user.max_user_namespaces above 0; on "
            "Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0), or open the room as root"
        )
    raise CourseError(
        Diagnostic(
            "course live",
            f"{why}, so people could read each other's work.",
            f"{fix}; for a room in which nothing is graded and nothing private is written: "
            "--no-sandbox; for you alone: --alone",
        )
    )


def require_writable(folder: Path) -> None:
    """Raise CourseError if the room's folder cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise CourseError(
            Diagnostic(
                shown_path(folder),
                f"cannot be written to ({error.strerror}).",
                "give a folder of your own with --folder, or free some space",
            )
        ) from None


def listen_address(serve: bool, address: str | None) -> str:
    """Return the address to listen on; CourseError without a network."""
    if address is not None:
        return address
    if not serve:
        return LOOPBACK
    own = own_address()
    if own is None:
        raise CourseError(
            Diagnostic(
                "course live",
                "this machine is in no network.",
                "connect it, or give its address with --address",
            )
        )
    return own


def own_address() -> str | None:
    """Return this machine's address on its default route, or None. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return None


def require_port(address: str, port: int) -> None:
    """Raise CourseError, with the fix, if nothing can listen on this address and port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OverflowError:
            message, fix = f"{port} is no port.", "--port 8000"
        except PermissionError:
            message = f"port {port} is reserved for the system's administrator."
            fix = "take one above 1023: --port 8000"
        except OSError as error:
            message = f"port {port} is taken by another program ({error.strerror})."
            fix = f"--port {port + 1}, or close the other one"
            if error.errno == errno.EADDRNOTAVAIL:
                message = f"{address} is no address of this machine."
                fix = "list them with: ip address, or leave --address out"
        else:
            return
    raise CourseError(Diagnostic("course live", message, fix))


def choose_ports(known: dict[str, int]) -> dict[str, int]:
    """Return the ports on loopback of hub, proxy and page.

    Those of the last launch where free, so that servers that outlived their hub find it again.
    """
    found = {}
    for part in ("hub", "proxy", "page"):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, known.get(part, 0)))
            except OSError:
                probe.bind((LOOPBACK, 0))
            found[part] = probe.getsockname()[1]
    return found


class DirectoryLock:
    """Lock of a room's folder; the hub inherits it, so it lasts as long as the hub lives."""

    def __init__(self, room: HubDirectory) -> None:
        self.path = room.folder / ".open"

    def __enter__(self) -> Self:
        self.handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self.handle, 100, 0).decode(errors="replace").strip() or "unknown"
            os.close(self.handle)
            raise CourseError(
                Diagnostic(
                    shown_path(self.path.parent),
                    f"this room is open already (hub: process {holder}).",
                    "close it first, or take another --folder",
                )
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


def leader_password(room: HubDirectory) -> str:
    """Return the leader's password; made once, in a file that only the room's account can read."""
    file = room.folder / "leader-password.txt"
    if file.exists() and LEADER in room.users().load():
        kept = file.read_text(encoding="utf-8").strip()
        if not kept.startswith("-"):  # no command line and no one takes that for a password
            return kept
    password = new_password()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        written.write(password + "\n")
    room.users().set_leader(password)
    return password


def start_hub(room: HubDirectory, lock: DirectoryLock) -> "subprocess.Popen[bytes]":
    """Start JupyterHub with the room's settings; its output goes to the log."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "NBGRADER", "CONFIGPROXY"))
    }
    package = str(Path(__file__).resolve().parents[2])
    python_path = filter(None, [package, os.environ.get("PYTHONPATH", "")])
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", "/usr/bin:/bin")]
    environment |= {
        ENVIRONMENT: json.dumps([str(room.folder), str(room.course)]),
        "PYTHONPATH": os.pathsep.join(python_path),
        "PATH": os.pathsep.join(programs),
        "JUPYTER_CONFIG_DIR": str(room.hub),
    }
    config = Path(__file__).with_name("hub_config.py")
    with room.log("hub").open("ab") as log:
        hub = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(config)],
            env=environment,
            cwd=room.hub,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[lock.handle],
        )
    os.ftruncate(lock.handle, 0)
    os.pwrite(lock.handle, str(hub.pid).encode(), 0)
    return hub


def wait_until_open(
    room: HubDirectory, hub: "subprocess.Popen[bytes]", say: Say, patience: float = 600
) -> None:
    """Return when the hub answers; CourseError with the end of its log if it does not."""
    unchecked = ssl.create_default_context()  # our own certificate, on our own machine
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    # The hub itself first, then the way that people take.
    urls = [
        f"http://{LOOPBACK}:{room.settings['ports']['hub']}/hub/health",
        f"{room.settings['bind_url']}hub/health",
    ]
    reported = start = time.monotonic()
    while hub.poll() is None and time.monotonic() - start < patience:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(urls[0], timeout=5, context=unchecked):
                urls.pop(0)
            if not urls:
                return
            continue
        if time.monotonic() - reported > 5:
            reported = time.monotonic()
            say(f"opening ... {reported - start:.0f} s")
        time.sleep(0.3 if len(urls) == 2 else 1)
    log = room.log("hub")
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    last = [line for line in lines if line.strip()][-3:]
    raise CourseError(
        Diagnostic(
            shown_path(log),
            "the room could not be opened: " + " / ".join(last),
            "read the log; nothing that people wrote is touched",
        )
    )


def announce(room: HubDirectory, options: HubOptions, password: str, say: Say) -> None:
    """Print address, QR code, invitation, and the leader's password."""
    settings = room.settings
    say("")
    say(f"the room '{settings['name']}' is open: {settings['bind_url']}")
    for line in qr_for_terminal(settings["bind_url"]).splitlines():
        print(line)
    if settings["invitation"]:
        say(f"invitation   {settings['invitation']}")
    if settings["allowed"] is not None:
        say(f"only the {len(settings['allowed'])} people on your list can log in")
    say(f"to project   {room.folder / 'project.html'} (open it in this machine's browser)")
    say(f"you          name: leader   password: {password}")
    say(f"your page    {settings['bind_url']}services/room/")
    if settings["fingerprint"]:
        say("the certificate is this room's own; browsers warn once. Its SHA-256 fingerprint:")
        say(settings["fingerprint"])
    if reach := only_here(settings["bind_url"], options):
        say(reach)
    if settings["sandbox"]:
        limits = ResourceLimits(settings["memory_mb"]).describe()
        say(f"sandbox      each person in a home of their own; {limits}")
    else:
        say(f"NO SANDBOX   {settings['warning']}")
    say("close it with Ctrl-C; what people wrote stays")
    sys.stdout.flush()


def only_here(bind_url: str, options: HubOptions) -> str:
    """Return why other machines cannot reach the room, or an empty string if they can."""
    if f"//{LOOPBACK}:" not in bind_url:
        return ""
    begin = "it can be reached from this machine only"
    if options.address is not None:
        return f"{begin}, because of --address {options.address}; for a network: --serve without it"
    return f"{begin}; for the room's network: course live --serve"
