"""WebKitGTK, whose engine is Safari's, driven by its own WebDriver.

Playwright's WebKit is a build of its own that can't be had from a package registry. WebKitGTK wants
a display; Xvfb is one that nobody sees.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

from browser_tab import SECONDS, Tab

PROGRAMS = {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}  # and their Debian packages


def missing_packages():
    """Return the Debian packages that are not installed."""
    return [package for program, package in PROGRAMS.items() if not shutil.which(program)]


class PageGone(Exception):
    """The page left before it answered."""


class WebKit(Tab):
    """One window; WebDriver tells nothing of the errors of a page's scripts."""

    def __init__(self, driver):
        self.driver, self.faults = driver, []
        answer = self.ask("POST", "/session", capabilities={"alwaysMatch": {}})
        self.session = f"/session/{answer['sessionId']}"

    def ask(self, method, path, **body):
        """Send a command, and return its result; AssertionError where WebKit refuses it."""
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(f"{self.driver}{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            said = error.read().decode()[:300]
            # The page that a question was put to may give way to another one meanwhile.
            if "before the unload event" in said:
                raise PageGone from None
            raise AssertionError(f"{path}: {said}") from None

    def open(self, address, width=390, height=844):
        """Open a page; a window is no narrower than its tool bar, which takes some height too."""
        self.ask("POST", f"{self.session}/window/rect", width=width, height=height + 38)
        self.ask("POST", f"{self.session}/url", url=address)

    def value(self, expression):
        """Return what an expression of the page is, as JSON carries it; of the next page, where
        this one goes before it answers.
        """
        script = (
            "const done = arguments[arguments.length - 1];"
            f"Promise.resolve({expression}).then(one => done(JSON.stringify(one ?? null)))"
        )
        end = time.monotonic() + SECONDS
        while True:
            try:
                path = f"{self.session}/execute/async"
                return json.loads(self.ask("POST", path, script=script, args=[]))
            except PageGone:
                assert time.monotonic() < end, f"no page stays to answer {expression}"
                time.sleep(0.1)

    def press(self, x, y):
        press = [
            {"type": "pointerMove", "x": x, "y": y, "duration": 0},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "actions": press}
        self.ask("POST", f"{self.session}/actions", actions=[pointer])

    def type(self, text):
        keys = [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": keys}
        self.ask("POST", f"{self.session}/actions", actions=[keyboard])


@contextlib.contextmanager
def webkit(folder):
    """Start a display, the driver and a window; all end with the block."""
    folder.mkdir(parents=True, mode=0o700)
    with contextlib.ExitStack() as started:
        display = started.enter_context(
            running("Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp")
        )
        number = display.stdout.readline().strip()
        assert number, "Xvfb opened no display"
        home = {name: str(folder) for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME")}
        # Our own pages alone are opened; as root its sandbox can't start.
        open_pages = {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {**home, **open_pages, "DISPLAY": f":{number}"}
        started.enter_context(running("WebKitWebDriver", f"--port={port}", **environment))
        wait_for_port(port)
        tab = WebKit(f"http://127.0.0.1:{port}")
        yield tab
        tab.ask("DELETE", tab.session)


@contextlib.contextmanager
def running(*command, **environment):
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def wait_for_port(port):
    end = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < end, f"nothing listens on port {port}"
        time.sleep(0.1)
