"""Debian's Firefox, driven by its own WebDriver BiDi: no driver program of another host is needed.

Playwright's Firefox is a build of its own that can't be had from a package registry, and selenium
needs geckodriver, which has to be compiled. Firefox itself speaks BiDi on a local web socket.
"""

import contextlib
import json
import re
import shutil
import subprocess
import threading

import websocket
from browser_tab import SECONDS, Tab

NAMES = ("firefox-esr", "firefox")


def find_firefox():
    return next(filter(None, map(shutil.which, NAMES)), None)


class Firefox(Tab):
    """One tab; `faults` are the errors of the pages' scripts and of the browser about them."""

    def __init__(self, socket):
        self.socket, self.count, self.faults = socket, 0, []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method, **parameters):
        """Send a command, and return its result; AssertionError where Firefox refuses it."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        while True:
            reply = json.loads(self.socket.recv())
            if reply.get("method") == "log.entryAdded" and reply["params"]["level"] == "error":
                self.faults.append(reply["params"]["text"])
            if reply.get("id") == self.count:
                assert reply["type"] == "success", f"{method}: {reply.get('message')}"
                return reply["result"]

    def open(self, address, width=390, height=844):
        size = {"width": width, "height": height}
        self.ask("browsingContext.setViewport", context=self.tab, viewport=size)
        self.ask("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def value(self, expression):
        """Return what an expression of the page is, as JSON carries it."""
        answer = self.ask(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(one => JSON.stringify(one ?? null))",
            target={"context": self.tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer.get("exceptionDetails")
        return json.loads(answer["result"]["value"])

    def press(self, x, y):
        press = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "actions": press}
        self.ask("input.performActions", context=self.tab, actions=[pointer])

    def type(self, text):
        keys = [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": keys}
        self.ask("input.performActions", context=self.tab, actions=[keyboard])


@contextlib.contextmanager
def firefox(program, profile):
    """Start Firefox without a window and with a fresh profile; it ends with the block."""
    profile.mkdir(parents=True)
    quiet = {"app.update.auto": False, "datareporting.policy.dataSubmissionEnabled": False}
    (profile / "user.js").write_text(
        "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in quiet.items())
    )
    process = subprocess.Popen(
        [program, "--headless", "--no-remote", "--remote-debugging-port", "0"]
        + ["--profile", str(profile)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = ""
        for line in process.stderr:
            if found := re.search(r"BiDi listening on (ws://\S+)", line):
                address = found[1]
                break
        assert address, f"{program} opened no BiDi socket"
        # What it says later is read and dropped, so that it never waits for a reader.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        socket = websocket.create_connection(
            f"{address}/session", timeout=SECONDS, suppress_origin=True
        )
        yield Firefox(socket)
        socket.close()
    finally:
        process.terminate()
        process.wait(30)
