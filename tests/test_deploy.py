"""Past one machine: the recipe's images, the pods of a person and of the leader, and a login from a
learning-management system, without a cluster.
"""

import asyncio
import contextlib
import html
import http.server
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import jwt
import pytest
import yaml
from cluster import DEPLOY, Machine, apply_chart, build_images, filled_in
from conftest import ROOT, course, required
from cryptography.hazmat.primitives.asymmetric import rsa
from hub_clients import HubClient, free_port
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from traitlets.config import Config

from kratomcourse.live.exchange import COURSE
from kratomcourse.live.user_sandbox import sandbox_unavailable

AS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0, reason="root alone can lay out images with several accounts"
)
QUIZ = "02-pharmacology"
PATIENCE = 120_000  # milliseconds; machines are shared
OWN = {
    "REGISTRY": "r.example",
    ":TAG": ":7f3c2a1",
    '"TAG"': '"7f3c2a1"',
    "LEADER]": "Teacher-1]",
    "CLIENT-ID": "tool-7",
    "HOME-CLASS": "block",
}


# The values, and the pods that come of them


# The part of the chart's published schema (values.schema.yaml) for what deploy/values.yaml sets, as
# read in its repository.
SINGLEUSER = {
    "image",
    "cmd",
    "uid",
    "fsGid",
    "allowPrivilegeEscalation",
    "memory",
    "cpu",
    "startTimeout",
    "storage",
    "networkPolicy",
}
INNER = {
    "memory": {"limit", "guarantee"},
    "cpu": {"limit", "guarantee"},
    "storage": {"type", "capacity", "homeMountPath", "dynamic"},
    "image": {"name", "tag"},
}


def test_the_values_keep_to_the_charts_schema_and_name_what_must_be_filled_in():
    values = yaml.safe_load((DEPLOY / "values.yaml").read_text())
    assert (
        set(values)
        <= {"imagePullSecrets", "hub", "proxy", "singleuser", "prePuller", "cull"}
        and set(values["singleuser"]) <= SINGLEUSER
    )
    for name, allowed in INNER.items():
        assert set(values["singleuser"][name]) <= allowed
    assert isinstance(values["singleuser"]["cpu"]["limit"], (int, float)) and values["singleuser"][
        "storage"
    ]["type"] in ("dynamic", "static", "none")
    assert values["cull"]["enabled"] and values["singleuser"]["memory"]["limit"]
    text = (DEPLOY / "values.yaml").read_text()
    assert "LMS.EXAMPLE.EDU" in text and "REGISTRY" in text
    # A secret is named, never given.
    assert "secret" not in text.lower().replace("imagepullsecrets: [kratom-registry]", "")


def chart_values(**more):
    values = filled_in(OWN | more)
    values["hub"]["extraConfig"] = {"course": (DEPLOY / "hub.py").read_text()}
    return values


def pod_of(config, name, admin):
    """The manifest that KubeSpawner would hand to Kubernetes."""
    user = SimpleNamespace(
        name=name,
        admin=admin,
        id=7,
        url=f"/user/{name}/",
        settings={},
        escaped_name=name,
        server=None,
    )

    async def made():
        spawner = KubeSpawner(config=config, user=user, _mock=True, api_token="t")
        for _ in range(2):  # a pod that starts again
            await spawner.pre_spawn_hook(spawner)
        return ApiClient().sanitize_for_serialization(await spawner.get_pod_manifest())["spec"]

    # In a thread: the browser of another test may keep a loop of its own running in this one.
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, made()).result()


@pytest.mark.parametrize("form", ["lists", "dictionaries"])
def test_a_persons_pod_sees_its_own_part_of_the_exchange_and_no_key_and_the_leaders_the_whole_room(
    monkeypatch, form
):
    values, config = chart_values(), Config()
    for name, value in values["hub"]["extraEnv"].items():
        monkeypatch.setenv(name, value)
    apply_chart(config, values)
    if form == "dictionaries":  # as KubeSpawner takes them too
        for name in ("volumes", "volume_mounts"):
            config.KubeSpawner[name] = {
                f"{number:02}": thing for number, thing in enumerate(config.KubeSpawner[name])
            }
    person, leader = pod_of(config, "anna o'hara", False), pod_of(config, "teacher-1", True)
    [main] = person["containers"]
    assert main["image"] == "r.example/kratom-person:7f3c2a1" and main["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "runAsUser": 1000,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert person["imagePullSecrets"] == leader["imagePullSecrets"] == [{"name": "kratom-registry"}]
    assert (
        person["securityContext"]["fsGroup"] == 100
        and person["automountServiceAccountToken"] is False
    )
    assert main["resources"]["limits"] == {"cpu": 1, "memory": 1536 * 2**20} and main["args"] == [
        "jupyterhub-singleuser"
    ]
    seen = {mount["mountPath"]: mount for mount in main["volumeMounts"]}
    folders = "post/anna o'hara"
    assert {
        path: (mount.get("subPath"), mount.get("readOnly", False))
        for path, mount in seen.items()
        if mount["name"] == "room"
    } == {
        f"/exchange/{COURSE}/outbound": (f"exchange/{COURSE}/outbound", True),
        f"/exchange/{COURSE}/inbound": (f"{folders}/inbound", False),
        f"/exchange/{COURSE}/feedback": (f"{folders}/feedback", True),
    }
    home = seen["/home/jovyan"]["name"]
    assert [volume["name"] for volume in person["volumes"]] == [home, "room"] and person["volumes"][
        1
    ]["persistentVolumeClaim"] == {"claimName": "kratom-room"}
    assert [first["name"] for first in person["initContainers"]] == [
        "block-cloud-metadata",
        "exchange-folders",
    ], "the chart's own container stays"
    maker = person["initContainers"][1]
    assert (
        maker["image"] == main["image"]
        and maker["command"][-1] == "anna o'hara"
        and maker["securityContext"] == main["securityContext"] | {"runAsGroup": 100}
    )
    assert {mount["mountPath"] for mount in maker["volumeMounts"]} == {"/room", "/home/jovyan"}
    told = json.dumps(person)
    assert "kratom-leader" not in told and "/srv/course" not in told
    [main] = leader["containers"]
    assert main["image"] == "r.example/kratom-leader:7f3c2a1" and [
        first["name"] for first in leader["initContainers"]
    ] == ["block-cloud-metadata", "course"]
    assert {mount["mountPath"]: mount.get("subPath") for mount in main["volumeMounts"]} == {
        "/home/jovyan": None,
        "/room": None,
    }
    with pytest.raises(
        ValueError, match="cannot be the name of a folder in the exchange.*username_key"
    ):
        pod_of(config, "..", False)


# The images


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """({stage: image}, lines left out) of the recipe, each other line carried out."""
    required(not sandbox_unavailable(), f"bubblewrap ({sandbox_unavailable()})")
    return build_images(tmp_path_factory.mktemp("images"))


@AS_ROOT
def test_the_recipe_is_carried_out_and_the_image_for_people_holds_no_key(images):
    built, left_out = images
    assert [line.split()[:2] for line in left_out] == [["apt-get", "update"], ["pip", "install"]]
    assert "--require-hashes" in left_out[1]
    person, leader = built["person"], built["leader"]
    assert person.account() == leader.account() == (1000, 100)
    graded = [
        item["id"]
        for path in (ROOT / "quizzes" / "bank").glob("*.yml")
        for item in yaml.safe_load(path.read_text())["items"]
        if "graded" in item["use"]
    ]
    holds = lambda folder: (
        subprocess.run(
            ["grep", "-rqF", *(word for name in graded for word in ("-e", name)), str(folder)]
        ).returncode
        == 0
    )
    assert (
        len(graded) > 200
        and holds(leader.root / "srv" / "course" / "quizzes")
        and not holds(person.root)
    )
    assert (
        not (person.root / "srv").exists()
        and (leader.root / "srv" / "course" / "quizzes" / "source").exists()
    )
    assert len(list((person.root / "chapters").glob("*.ipynb"))) == len(
        list((ROOT / "notebooks").glob("*/*.ipynb"))
    )
    assert not [
        name
        for name in (".git", "_build", "room", ".venv", "lite/node_modules")
        if (leader.root / "srv" / "course" / name).exists()
    ]


# A learning-management system, and the hub


class Platform(http.server.ThreadingHTTPServer):
    """As much of a learning-management system as a launch with LTI 1.3 needs: its keys are made
    here and gone with it.
    """

    def __init__(self, hub):
        self.hub, self.key, self.asked = (
            hub,
            rsa.generate_private_key(public_exponent=65537, key_size=2048),
            [],
        )
        super().__init__(("127.0.0.1", 0), Page)
        self.base = (
            f"http://localhost:{self.server_port}"  # another site than the hub's, as it would be
        )

    def token(self, person, nonce, **other):
        claim, now = "https://purl.imsglobal.org/spec/lti/claim/", int(time.time())
        words = {
            "iss": self.base,
            "aud": "tool-7",
            "sub": person,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            f"{claim}version": "1.3.0",
            f"{claim}message_type": "LtiResourceLinkRequest",
            f"{claim}deployment_id": "1",
            f"{claim}target_link_uri": self.hub,
            f"{claim}roles": [],
            f"{claim}resource_link": {"id": "course"},
        }
        return jwt.encode(words | other, self.key, algorithm="RS256", headers={"kid": "one"})


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        platform = self.server
        if path == "/JWKS":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(platform.key.public_key()))
            self.answer(
                "application/json",
                json.dumps({"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]}),
            )
        elif path == "/course":  # the link in the course's page
            self.form(
                f"{platform.hub}hub/lti13/oauth_login",
                iss=platform.base,
                login_hint=asked["person"],
                target_link_uri=platform.hub + "hub",
                client_id="tool-7",
            )
        elif path == "/AUTHORIZE":
            platform.asked.append(asked)
            self.form(
                asked["redirect_uri"],
                state=asked["state"],
                id_token=platform.token(asked["login_hint"], asked["nonce"]),
            )
        else:
            self.send_error(404)

    def form(self, action, **fields):
        inputs = "".join(
            f'<input name="{name}" value="{html.escape(value)}">' for name, value in fields.items()
        )
        self.answer(
            "text/html",
            "<!doctype html><title>LMS</title>"
            f'<form method="post" action="{html.escape(action)}">{inputs}</form>'
            "<script>document.forms[0].submit()</script>",
        )

    def answer(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class OverLti(HubClient):
    """A person who comes from the learning-management system, as a web client."""

    def log_in(self, platform, **claims):
        launch = {
            "iss": platform.base,
            "login_hint": self.name,
            "target_link_uri": self.base + "hub",
            "client_id": "tool-7",
        }
        sent = self.web.post(
            f"{self.base}hub/lti13/oauth_login", data=launch, allow_redirects=False, timeout=60
        )
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(sent.headers["Location"]).query))
        self.name = self.name.lower()  # as the hub writes it
        return self.web.post(
            asked["redirect_uri"],
            data={
                "state": asked["state"],
                "id_token": platform.token(
                    claims.pop("sub", self.name), claims.pop("nonce", asked["nonce"]), **claims
                ),
            },
            allow_redirects=False,
            timeout=60,
        )


@pytest.fixture(scope="module")
def cluster(images, tmp_path_factory):
    """The hub with the chart's settings, pods on this machine, the exchange, and a platform that
    people come from.
    """
    prepared = course("live", "--prepare", check=False)
    required(prepared.returncode == 0, f"the proxy ({prepared.stderr.strip()})")
    folder, address = tmp_path_factory.mktemp("cluster"), f"http://127.0.0.1:{free_port()}/"
    platform = Platform(address)
    threading.Thread(target=platform.serve_forever, daemon=True).start()
    values = chart_values(**{"https://LMS.EXAMPLE.EDU": platform.base})
    (folder / "cluster.json").write_text(
        json.dumps({"values": values, "address": address, "ports": [free_port(), free_port()]})
    )
    (folder / "images").write_bytes(pickle.dumps(images[0]))
    machine = Machine(folder)
    machine.images = images[0]
    [claim, deployment, _] = yaml.safe_load_all((DEPLOY / "exchange.yaml").read_text())
    post = {"metadata": deployment["metadata"], "spec": deployment["spec"]["template"]["spec"]}
    running = [machine.start(post)]
    log = open(folder / "hub.log", "ab")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "CONFIGPROXY"))
    } | {"CLUSTER": str(folder), "PYTHONPATH": str(ROOT)}
    running.append(
        subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(ROOT / "tests" / "cluster_config.py")],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    )
    try:
        anybody = HubClient(address, "x")
        for _ in range(600):
            with contextlib.suppress(OSError):
                if anybody.web.get(f"{address}hub/health", timeout=5).ok:
                    break
            assert running[1].poll() is None, (folder / "hub.log").read_text()[-3000:]
            time.sleep(0.2)
        yield SimpleNamespace(
            folder=folder,
            address=address,
            platform=platform,
            room=machine.volume(claim["metadata"]["name"]),
        )
    finally:
        running[1].send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running[1].wait(60)
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()
        platform.shutdown()
        platform.server_close()


@AS_ROOT
def test_a_launch_that_is_not_the_platforms_own_is_refused(cluster):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forger = SimpleNamespace(base=cluster.platform.base, hub=cluster.address, key=key)
    forger.token = Platform.token.__get__(forger)
    for platform, claims in (
        (forger, {}),
        (cluster.platform, {"aud": "another"}),
        (cluster.platform, {"exp": int(time.time()) - 60}),
        (cluster.platform, {"nonce": "used"}),
        (cluster.platform, {"iss": "http://other"}),
    ):
        answer = OverLti(cluster.address, "eve").log_in(platform, **claims)
        assert answer.status_code in (400, 401), (claims, answer.status_code)
    assert OverLti(cluster.address, "anna").log_in(cluster.platform).status_code == 302


@AS_ROOT
@pytest.mark.browser
def test_from_the_lms_to_the_notebook_and_from_handing_in_to_the_leader(cluster, browser):
    """One person in a browser from the course's page in the LMS; the leader hands out a quiz, the
    person hands it in.
    """
    leader = OverLti(cluster.address, "Teacher-1")
    assert leader.log_in(cluster.platform, sub="Teacher-1").status_code == 302
    leader.open_notebooks()
    steps = (
        f"cd ~/course && nbgrader generate_assignment {QUIZ} --force && nbgrader "
        f"release_assignment {QUIZ}"
    )
    [said] = leader.run(
        [
            f"import subprocess; d = subprocess.run({steps!r}"
            ", shell=True, capture_output=True, text=True); print(d.returncode, "
            "d.stderr[-2000:])"
        ]
    )
    assert said.startswith("0 "), said
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{cluster.platform.base}/course?person=Anna")
        page.wait_for_url(re.compile(rf"{cluster.address}user/anna/lab"), wait_until="commit")
        page.locator(
            ".jp-DirListing-itemText", has_text=re.compile("^02-0-pharmacology.ipynb$")
        ).dblclick()
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    finally:
        page.context.close()
    assert (
        cluster.platform.asked[0]["response_mode"] == "form_post"
        and cluster.platform.asked[0]["client_id"] == "tool-7"
    )
    anna = OverLti(cluster.address, "anna")
    assert anna.log_in(cluster.platform).status_code == 302
    anna.open_notebooks()
    anna.fetch(QUIZ)
    anna.submit(QUIZ)
    paths = [f"/exchange/{COURSE}/{name}" for name in ("outbound/x", "feedback/x")] + [
        "/course/x",
        "/etc/room/x",
        "/srv/course",
        "/room",
        "/chapters/x",
    ]
    look = (
        f"import os, pwd\nprint(pwd.getpwuid(os.getuid()).pw_name, [p for p in {paths[4:6]} if "
        f"os.path.exists(p)])\nfor p in {paths}:\n    try: open(p, 'w'); print('wrote', p)\n    "
        "except OSError: pass"
    )
    quiz = (
        "from kratomcourse.quiz import QuizHtml; print(len(QuizHtml('02-pharmacology', "
        "'pharm.o1')._repr_html_()) > 1000)"
    )
    assert anna.run([look, quiz]) == ["jovyan []\n", "True\n"]
    until, arrived = time.monotonic() + 30, []
    while not arrived and time.monotonic() < until:
        time.sleep(0.3)
        arrived = list((cluster.room / "exchange" / COURSE / "inbound").glob(f"anna+{QUIZ}+*"))
    assert len(arrived) == 1
    [said] = leader.run(
        [
            f"import subprocess; d = subprocess.run('cd ~/course && nbgrader collect {QUIZ} "
            "&& ls submitted', shell=True, capture_output=True, text=True); print(d.stdout, "
            "d.stderr[-500:])"
        ]
    )
    assert said.split()[0] == "anna", said
