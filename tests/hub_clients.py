"""People of a room as the tests and the load test see them: each a web client of their own, over
real HTTP and websockets.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from urllib.parse import quote

import nbformat
import requests
import urllib3
import websocket

COURSE = "kratom-and-harm-reduction"
urllib3.disable_warnings()  # a room makes its certificate itself
PATIENCE = 300  # seconds; machines are shared


class HubClient:
    """One person with a browser's cookies.

    base : address of the room, with the slash at its end
    """

    def __init__(self, base, name, password="correct horse", invitation=""):
        self.base, self.name, self.password, self.invitation = base, name, password, invitation
        self.web = requests.Session()
        self.web.headers["Sec-Fetch-Mode"] = "navigate"
        self.web.verify, self.web.trust_env = False, False

    def log_in(self):
        """Log in. Returns None, or what the form says against it."""
        self.web.get(f"{self.base}hub/login", timeout=PATIENCE)
        form = {
            "username": self.name,
            "password": self.password,
            "invitation": self.invitation,
            "_xsrf": self.cookie("_xsrf", "/hub/"),
        }
        answer = self.web.post(
            f"{self.base}hub/login?next=%2Fhub%2Fhome", data=form, timeout=PATIENCE
        )
        if "login-error" in answer.text:
            return answer.text.partition('id="login-error">')[2].partition("<")[0]
        answer.raise_for_status()
        return None

    def cookie(self, name, path):
        return next(
            (
                cookie.value
                for cookie in self.web.cookies
                if cookie.name == name and cookie.path == path
            ),
            "",
        )

    def open_notebooks(self):
        """Start the server and load its first page, as the browser does after the login."""
        self.web.get(f"{self.base}hub/spawn", timeout=PATIENCE)
        until, seen = time.monotonic() + PATIENCE, False
        while time.monotonic() < until:
            answer = self.web.get(
                f"{self.base}hub/api/users/{self.name}",
                headers={
                    "X-XSRFToken": self.cookie("_xsrf", "/hub/"),
                    "Sec-Fetch-Mode": "cors",
                    "Referer": f"{self.base}hub/",
                },
                timeout=PATIENCE,
            )
            server = answer.json().get("servers", {}).get("", {}) if answer.ok else {}
            if server.get("ready"):
                break
            seen = seen or bool(server)
            assert not seen or server, f"the server of {self.name} ended at once"
            time.sleep(0.3)
        else:
            raise TimeoutError(f"{self.name}'s notebooks did not open")
        page = self.web.get(f"{self.base}user/{self.name}/lab", timeout=PATIENCE)
        page.raise_for_status()
        assert "jupyter-config-data" in page.text, page.text[:500]

    def api(self, method, path, **more):
        headers = {
            "X-XSRFToken": self.cookie("_xsrf", f"/user/{self.name}/"),
            "Sec-Fetch-Mode": "cors",
        }
        answer = self.web.request(
            method, f"{self.base}user/{self.name}/{path}", headers=headers, timeout=PATIENCE, **more
        )
        if not answer.ok:
            raise RuntimeError(
                f"{self.name}: {method} {path}: {answer.status_code} {answer.text[:300]}"
            )
        return answer.json() if answer.content else None

    # Notebooks

    def read(self, path):
        return nbformat.from_dict(self.api("GET", f"api/contents/{quote(path)}")["content"])

    def write(self, path, notebook):
        self.api(
            "PUT",
            f"api/contents/{quote(path)}",
            json={"type": "notebook", "format": "json", "content": notebook},
        )

    def run(self, sources, timeout=PATIENCE):
        """Run cells in a kernel of one's own. Returns what each printed or raised."""
        kernel = self.api("POST", "api/kernels", json={"name": "python3"})["id"]
        try:
            with self.socket(kernel) as line:
                return [self.one_cell(line, source, timeout) for source in sources]
        finally:
            self.api("DELETE", f"api/kernels/{kernel}")

    def socket(self, kernel):
        cookies = "; ".join(
            f"{cookie.name}={cookie.value}"
            for cookie in self.web.cookies
            if cookie.path in ("/", f"/user/{self.name}/")
        )
        address = f"{self.base}user/{self.name}/api/kernels/{kernel}/channels".replace(
            "http", "ws", 1
        )
        line = websocket.create_connection(
            address,
            cookie=cookies,
            timeout=PATIENCE,
            origin=self.base.rstrip("/"),
            sslopt={"cert_reqs": 0, "check_hostname": False},
        )
        return Closing(line)

    def one_cell(self, line, source, timeout):
        number = uuid.uuid4().hex
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        header = {
            "msg_id": number,
            "username": self.name,
            "session": number,
            "msg_type": "execute_request",
            "version": "5.3",
        }
        line.send(
            json.dumps(
                {
                    "header": header,
                    "parent_header": {},
                    "metadata": {},
                    "content": content,
                    "channel": "shell",
                    "buffers": [],
                }
            )
        )
        said, until = [], time.monotonic() + timeout
        while time.monotonic() < until:
            message = json.loads(line.recv())
            if message.get("parent_header", {}).get("msg_id") != number:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                said.append(content["text"])
            elif kind == "execute_result":
                said.append(content["data"].get("text/plain", ""))
            elif kind == "error":
                said.append(f"{content['ename']}: {content['evalue']}")
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(said)
        raise TimeoutError(source[:60])

    # Quizzes

    def assignments(self):
        return self.api("GET", f"assignments?course_id={COURSE}")["value"]

    def fetch(self, quiz):
        return self.api(
            "POST", "assignments/fetch", json={"course_id": COURSE, "assignment_id": quiz}
        )

    def validate(self, quiz):
        return self.api("POST", "assignments/validate", json={"path": f"{quiz}/{quiz}.ipynb"})

    def submit(self, quiz):
        answer = self.api(
            "POST", "assignments/submit", json={"course_id": COURSE, "assignment_id": quiz}
        )
        assert answer["success"], answer
        return answer

    def fetch_feedback(self, quiz):
        answer = self.api(
            "POST", "assignments/fetch_feedback", json={"course_id": COURSE, "assignment_id": quiz}
        )
        assert answer["success"], answer
        return answer

    # The page of the room

    def page(self, path=""):
        return self.web.get(f"{self.base}services/room/{path}", timeout=PATIENCE)

    def post(self, path, **form):
        self.page()
        form["_xsrf"] = self.cookie("_xsrf", "/services/room/")
        return self.web.post(f"{self.base}services/room/{path}", data=form, timeout=PATIENCE)

    def do_step(self, quiz, step):
        """One of the leader's steps with a quiz, to its end. Returns what it said."""
        self.post("quiz", quiz=quiz, step=step).raise_for_status()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            said = self.page("state").json()["step"]
            if said and not said["running"]:
                assert said["ok"], said
                return said
            time.sleep(0.3)
        raise TimeoutError(step)


class Closing:
    def __init__(self, line):
        self.line = line

    def __enter__(self):
        return self.line

    def __exit__(self, *_):
        self.line.close()


class OpenRoom:
    """A room opened by the command, in a process of its own; closed with what Ctrl-C sends.

    root   : the course
    folder : folder of the room
    port   : where it listens; any free one where None
    """

    def __init__(self, root, folder, *arguments, port=None):
        self.root, self.folder, self.arguments, self.port = root, folder, arguments, port

    def __enter__(self):
        self.port = port = self.port or free_port()
        self.said = []
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-u",
                "-m",
                "kratomcourse.cli",
                "live",
                "--folder",
                str(self.folder),
                "--port",
                str(port),
                *self.arguments,
            ],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        for line in self.process.stdout:
            self.said.append(line)
            if "close it with Ctrl-C" in line:
                break
        else:
            raise AssertionError("".join(self.said[-40:]) + self.log("hub")[-3000:])
        text = "".join(self.said)
        self.base = re.search(r"is open: (\S+)", text)[1]
        self.leader_password = re.search(r"password: (\S+)", text)[1]
        found = re.search(r"invitation +(\w+)", text)
        self.invitation = found[1] if found else ""
        return self

    def log(self, name):
        path = self.folder / "log" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def hub(self):
        """Process number of the hub, as the lock of the room names it."""
        return int((self.folder / ".open").read_text())

    def client(self, name):
        return HubClient(self.base, name, invitation=self.invitation)

    def leader(self):
        return HubClient(self.base, "leader", self.leader_password)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.said.append(self.process.communicate(timeout=90)[0] or "")
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        return self.process.returncode

    def __exit__(self, *_):
        self.close()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
