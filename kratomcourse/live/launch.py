"""Opens a room: looks whether it can be, makes its folder, says where it is, and stays until it is closed."""

import fcntl
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from ..errors import CourseError, Diagnostic, shown_path
from .hub_directory import ENVIRONMENT, HubDirectory, require_space
from .projector_page import projector_page, qr_for_terminal
from .proxy_install import install_proxy, is_installed, stop_orphan_proxy
from .user_sandbox import ResourceLimits, sandbox_unavailable
from .users import LEADER, new_invitation, read_allow_list

LOOPBACK = "127.0.0.1"
UNSANDBOXED_WARNING = (
    "All servers of this room run under one account: people here can read each other's work, and submit in another's name. "
    "Do not use this room for marks, for exams, or for anything that somebody would not read aloud."
)


def launch_hub(
    folder,
    course,
    name="Kratom and Harm Reduction",
    port=8000,
    serve=False,
    address=None,
    chapters=("1",),
    people=None,
    invitation=None,
    sandbox=True,
    memory_mb=2048,
    idle_minutes=60,
    most=60,
    say=print,
):
    """Open a room and stay until Ctrl-C. Returns the hub's exit code.

    folder     : the room's folder, made where absent; what people wrote in it stays
    course     : the course's own folder
    serve      : be reachable from the room's network, not from this machine alone
    address    : which address of this machine; found out where None
    chapters   : chapters that everybody has from the start, the last one is opened
    people     : file with the names that may come in; everybody with the invitation where None
    invitation : the invitation; kept from the last time or made where None, none where empty
    raises     : CourseError for what has to be mended first
    """
    why = sandbox_unavailable()
    if sandbox and why:
        raise CourseError(no_sandbox(why))
    if not sandbox and os.geteuid() == 0:
        raise CourseError(
            Diagnostic(
                "course live",
                "without the sandbox everyone's code would run as root.",
                "start it as an ordinary user, or with the sandbox",
            )
        )
    require_writable(folder)
    require_space(folder)
    if not is_installed():
        install_proxy(say)
    address = where(serve, address)
    room = HubDirectory(folder, course).read()
    with DirectoryLock(room) as lock:
        stop_orphan_proxy(room.hub / "proxy.pid")
        require_port(address, port)
        allowed = read_allow_list(people) if people else None
        groups = [room.notebooks(chapter) for chapter in chapters]
        names = list(dict.fromkeys(name for group in groups for name in group))
        kept = room.settings.get("invitation")
        code = (
            ""
            if allowed and not invitation
            else (kept or new_invitation() if invitation is None else invitation.strip().lower())
        )
        scheme = "http" if address == LOOPBACK else "https"
        room.folder.mkdir(parents=True, exist_ok=True)
        room.write(
            name=name, sandbox=sandbox, warning="" if sandbox else UNSANDBOXED_WARNING, allowed=allowed, invitation=code, memory_mb=memory_mb, idle_minutes=idle_minutes, most=most,
            bind_url=f"{scheme}://{address}:{port}/", ports=ports(room.settings.get("ports", {})), certificate=None, fingerprint="",
            chapters=[name for name in room.settings.get("chapters", []) if name not in names] + names, opens=groups[-1][0] if groups else "",
        )  # fmt: skip
        say("making the plain notebooks, and the course as people import it")
        room.make()
        if scheme == "https":
            from .certificate import certificate_for

            certificate, key, fingerprint = certificate_for(room.hub, address)
            room.write(certificate=[str(certificate), str(key)], fingerprint=fingerprint)
        password = leader_password(room)
        (room.folder / "project.html").write_text(projector_page(room.settings), encoding="utf-8")
        (room.folder / "project.html").chmod(0o600)
        for sign in (
            signal.SIGINT,
            signal.SIGTERM,
        ):  # closing in good order, whoever asks, here and in what is started
            signal.signal(sign, signal.default_int_handler)
        hub = start_hub(room, lock)
        try:
            wait_until_open(room, hub, say)
            announce(room, password, say)
            return hub.wait()
        except KeyboardInterrupt:
            say("closing the room; people's work stays in " + shown_path(room.homes))
            hub.send_signal(signal.SIGTERM)
            return hub.wait(timeout=120)
        finally:
            if hub.poll() is None:
                hub.send_signal(signal.SIGTERM)


def no_sandbox(why):
    if "namespaces" in why:  # it is installed, and the system does not let this account use it
        mend = (
            "let ordinary accounts make namespaces (sysctl user.max_user_namespaces above 0; on Ubuntu also "
            "kernel.apparmor_restrict_unprivileged_userns=0), or open the room as root"
        )
    else:
        mend = "install bubblewrap (Debian: apt install bubblewrap) or open the room in a Linux virtual machine"
    return Diagnostic(
        "course live",
        f"{why}, so people could read each other's work.",
        f"{mend}; for a room in which nothing is marked and nothing private is written: --no-sandbox; for you alone: --alone",
    )


def require_writable(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise CourseError(
            Diagnostic(
                shown_path(folder),
                f"can not be written to ({error.strerror}).",
                "name a folder of your own with --folder, or make room on the disk",
            )
        ) from None


def where(serve, address):
    """The address to listen on."""
    if not serve and address is None:
        return LOOPBACK
    if address is None:
        address = own_address()
        if address is None:
            raise CourseError(
                Diagnostic(
                    "course live",
                    "this machine is in no network.",
                    "connect it, or name its address with --address",
                )
            )
    return address


def own_address():
    """This machine's address in the network that its default route leads to, or None. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return None


def require_port(address, port):
    """CourseError with the mend where the address can not be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            raise CourseError(
                Diagnostic(
                    "course live",
                    f"port {port} is kept for the system's administrator.",
                    "take one above 1023: --port 8000",
                )
            ) from None
        except OSError as error:
            if error.errno == 99:
                raise CourseError(
                    Diagnostic(
                        "course live",
                        f"{address} is no address of this machine.",
                        "see them with: ip address, or leave --address out",
                    )
                ) from None
            raise CourseError(
                Diagnostic(
                    "course live",
                    f"port {port} is taken by another program ({error.strerror}).",
                    f"--port {port + 1}, or close the other one",
                )
            ) from None
        except OverflowError:
            raise CourseError(
                Diagnostic("course live", f"{port} is no port.", "--port 8000")
            ) from None


def ports(known):
    """Ports of what listens on this machine alone; those of the last time where they are free, so that servers that outlived the hub find it again."""
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
    """Hold the lock of a room's folder; the hub keeps it as long as it lives, however this process ends."""

    def __init__(self, room):
        self.path = room.folder / ".open"

    def __enter__(self):
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

    def __exit__(self, *_):
        os.close(self.handle)


def leader_password(room):
    """The leader's password: made once, and kept where only the room's own account can read it."""
    file = room.folder / "leader-password.txt"
    if file.exists() and LEADER in room.people().load():
        return file.read_text(encoding="utf-8").strip()
    password = secrets.token_urlsafe(9)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as written:
        written.write(password + "\n")
    room.people().set_leader(password)
    return password


def start_hub(room, lock):
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "NBGRADER", "CONFIGPROXY"))
    }
    environment |= {
        ENVIRONMENT: json.dumps([str(room.folder), str(room.course)]),
        "PYTHONPATH": os.pathsep.join(
            filter(
                None, [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
            )
        ),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}",
        "JUPYTER_CONFIG_DIR": str(room.hub),
    }
    log = open(room.log("hub"), "ab")  # noqa: SIM115  (the hub writes on)
    config = Path(__file__).with_name("hub_config.py")
    hub = subprocess.Popen(
        [sys.executable, "-m", "jupyterhub", "-f", str(config)],
        env=environment, cwd=room.hub, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, pass_fds=[lock.handle],
    )  # fmt: skip
    os.ftruncate(lock.handle, 0)
    os.pwrite(lock.handle, str(hub.pid).encode(), 0)
    return hub


def wait_until_open(room, hub, say, patience=600):
    """Return when the hub answers; CourseError with the end of its log where it does not."""
    unchecked = ssl.create_default_context()  # our own certificate, on our own machine
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    # The hub itself first, then the way that people take.
    urls = [
        f"http://{LOOPBACK}:{room.settings['ports']['hub']}/hub/health",
        f"{room.settings['bind_url']}hub/health",
    ]
    said = start = time.monotonic()
    while hub.poll() is None and time.monotonic() - start < patience:
        try:
            with urllib.request.urlopen(urls[0], timeout=5, context=unchecked):
                urls.pop(0)
            if not urls:
                return
            continue
        except OSError:
            pass
        if time.monotonic() - said > 5:
            said = time.monotonic()
            say(f"opening ... {said - start:.0f} s")
        time.sleep(0.3 if len(urls) == 2 else 1)
    log = room.log("hub")
    last = [
        line
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ][-3:]
    raise CourseError(
        Diagnostic(
            shown_path(log),
            "the room could not be opened: " + " / ".join(last),
            "read the log; nothing that people wrote is touched",
        )
    )


def announce(room, password, say):
    settings = room.settings
    say("")
    say(f"the room '{settings['name']}' is open: {settings['bind_url']}")
    for line in qr_for_terminal(settings["bind_url"]).splitlines():
        print(line)
    if settings["invitation"]:
        say(f"invitation   {settings['invitation']}")
    if settings["allowed"] is not None:
        say(f"only the {len(settings['allowed'])} people on your list can come in")
    say(f"to project   {room.folder / 'project.html'} (open it in this machine's browser)")
    say(f"you          name: leader   password: {password}")
    say(f"your page    {settings['bind_url']}services/room/")
    if settings["fingerprint"]:
        say("the certificate is this room's own; browsers warn once. Its SHA-256 fingerprint:")
        say(settings["fingerprint"])
    elif "127.0.0.1" in settings["bind_url"]:
        say("it can be reached from this machine only; for the room's network: course live --serve")
    if settings["sandbox"]:
        say(
            f"sandbox      each person in a home of their own; {ResourceLimits(settings['memory_mb']).describe()}"
        )
    else:
        say(f"NO SANDBOX   {settings['warning']}")
    say("close it with Ctrl-C; what people wrote stays")
    sys.stdout.flush()
