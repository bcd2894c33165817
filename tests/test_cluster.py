"""The parts of a real cluster that a machine without one can run: Helm over the chart of Zero to
JupyterHub, Kubernetes's own schemas, and images that buildah builds.

Each test says what it needs: `pip install --group cluster` for Helm and the schemas, a copy of the
chart, or buildah and a base image.
"""

import base64
import importlib.util
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from cluster import (
    DEPLOY,
    Buildah,
    BuiltImage,
    apply_chart,
    chart_values,
    command_of,
    done,
    filled_in,
    mounts_below,
    pod_of,
    running_cluster,
)
from conftest import ROOT, course, required
from lms import OverLti
from traitlets.config import Config

from kratomcourse.live.exchange import COURSE
from kratomcourse.live.user_sandbox import sandbox_unavailable

pytestmark = pytest.mark.long
NAMESPACE = "kratom"
KUBERNETES = ("1.32.0", "1.37.0")  # the oldest that the chart takes, the newest that is described
# What fills the words in capitals of deploy/exchange.yaml.
OWN_EXCHANGE = {
    ": NAMESPACE": f": {NAMESPACE}",
    "SHARED-CLASS": "nfs",
    "REGISTRY": "r.example",
    ":TAG": ":7f3c2a1",
}
PULL_SECRET = {"name": "kratom-registry"}


# The chart


def folder_of_chart():
    """The chart's folder: in COURSE_CHART, or in a checkout beside this one."""
    named = os.environ.get("COURSE_CHART")
    for folder in [Path(named)] if named else [ROOT.parent / "zero-to-jupyterhub-k8s"]:
        for place in (folder, folder / "jupyterhub"):
            if (place / "Chart.yaml").exists():
                return place
    if named:
        pytest.fail(f"COURSE_CHART={named} holds no Chart.yaml. Fix: name the chart's folder")
    return pytest.skip(
        "no copy of the chart of Zero to JupyterHub: COURSE_CHART names none, and none lies beside"
    )


@pytest.fixture(scope="module")
def helm():
    for name in ("helm_python", "kubernetes_validate"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed (pip install --group cluster)")
    import helm_python

    return helm_python


@pytest.fixture(scope="module")
def chart_folder(tmp_path_factory):
    """A copy of the chart with its schema as Helm reads it, which a release has and a checkout
    makes when it is packed.
    """
    copy = tmp_path_factory.mktemp("chart") / "jupyterhub"
    shutil.copytree(folder_of_chart(), copy)
    schema = copy / "values.schema.json"
    if not schema.exists():
        schema.write_text(json.dumps(yaml.safe_load((copy / "values.schema.yaml").read_text())))
    return copy


@pytest.fixture(scope="module")
def chart(helm, chart_folder):
    with helm.Chart.load(chart_folder) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def objects(chart):
    """What the chart makes of our values."""
    rendered = chart.render(chart_values(), name="room", namespace=NAMESPACE)
    found = [
        document
        for path, text in rendered.items()
        if path.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document
    ]
    assert len(found) > 30
    return found


def of_kind(objects, kind, name=None):
    found = [
        one for one in objects if one["kind"] == kind and name in (None, one["metadata"]["name"])
    ]
    return found[0] if name else found


def pods_in(objects):
    """{name of the object: its pod's specification}."""
    return {
        f"{one['kind']}/{one['metadata']['name']}": one["spec"]["template"]["spec"]
        for one in objects
        if one["kind"] in ("Deployment", "DaemonSet", "StatefulSet", "Job")
    }


def require_valid(one):
    """Validate an object as strictly as Kubernetes does."""
    import kubernetes_validate

    for version in KUBERNETES:
        kubernetes_validate.validate(one, version, strict=True)


def test_the_chart_is_of_the_release_that_is_pinned(chart):
    versions = dict(re.findall(r"^(\w+)=(\S+)", (DEPLOY / "versions.env").read_text(), re.M))
    assert chart.metadata["appVersion"] == versions["JUPYTERHUB_VERSION"]
    unpacked = "0.0.1-set.by.chartpress"  # a checkout has no version of its own
    assert chart.metadata["version"] in (versions["CHART_VERSION"], unpacked)


def test_helm_finds_no_mistake_in_the_values(helm, chart_folder, chart):
    chart.validate_schema(chart_values())
    report = helm.lint(chart_folder, chart_values(), strict=True, namespace=NAMESPACE)
    assert not report["errors"], report["errors"]
    wrong = chart_values()
    wrong["singleuser"]["storrage"] = {}
    with pytest.raises(helm.HelmValuesError, match="storrage"):
        chart.validate_schema(wrong)


def test_kubernetes_takes_every_object_of_the_chart_and_of_the_exchange(helm, objects):
    import kubernetes_validate

    exchange = filled_in(OWN_EXCHANGE, "exchange.yaml")
    for one in [*objects, *exchange]:
        require_valid(one)
    left = re.findall(r"\b[A-Z]{3,}[A-Z.-]*\b", json.dumps(exchange))
    assert set(left) <= {"ALL"}, "a word in capitals that nothing fills"
    assert {one["metadata"]["namespace"] for one in exchange} == {NAMESPACE}
    broken = json.loads(json.dumps(exchange[1]))
    broken["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        require_valid(broken)


@pytest.mark.parametrize("admin", [False, True], ids=["person", "leader"])
def test_kubernetes_takes_the_pod_that_the_hub_describes(helm, monkeypatch, admin):
    values, config = chart_values(), Config()
    for name, value in values["hub"]["extraEnv"].items():
        monkeypatch.setenv(name, value)
    apply_chart(config, values)
    pod = pod_of(config, "anna", admin)
    pod.setdefault("apiVersion", "v1")
    pod.setdefault("kind", "Pod")
    require_valid(pod)


def test_every_pod_of_the_chart_names_the_pull_secret(objects):
    pods = pods_in(objects)
    assert {"Deployment/hub", "Deployment/proxy", "DaemonSet/continuous-image-puller"} <= set(pods)
    without = [
        name for name, pod in pods.items() if PULL_SECRET not in pod.get("imagePullSecrets", [])
    ]
    assert not without


def test_both_images_are_pulled_before_anyone_logs_in(objects):
    for name in ("hook-image-puller", "continuous-image-puller"):
        pulled = {
            container["image"]
            for container in pods_in(objects)[f"DaemonSet/{name}"]["initContainers"]
        }
        assert {"r.example/kratom-person:7f3c2a1", "r.example/kratom-leader:7f3c2a1"} <= pulled


def test_the_hub_has_our_settings_and_a_token_for_its_metrics(objects):
    secret = of_kind(objects, "Secret", "hub")
    values = yaml.safe_load(base64.b64decode(secret["data"]["values.yaml"]))
    assert values["hub"]["extraConfig"]["course"] == (DEPLOY / "hub.py").read_text()
    assert values["hub"]["loadRoles"]["metrics"] == {
        "scopes": ["read:metrics"],
        "services": ["metrics"],
    }
    assert len(base64.b64decode(secret["data"]["hub.services.metrics.apiToken"])) >= 32
    [claim] = of_kind(objects, "PersistentVolumeClaim")
    assert claim["spec"]["storageClassName"] == "block"


def test_people_reach_the_hub_and_nothing_else_and_the_exchange_nothing(objects):
    policy = of_kind(objects, "NetworkPolicy", "singleuser")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    assert all("to" in rule for rule in policy["egress"]), "a rule without `to` opens everything"
    for rule in policy["egress"]:
        if any("ipBlock" in target for target in rule["to"]):
            assert {port["port"] for port in rule["ports"]} == {53}, "addresses for names only"
    pods = [
        target["podSelector"]["matchLabels"]["component"]
        for rule in policy["egress"]
        for target in rule["to"]
        if "podSelector" in target
    ]
    assert set(pods) == {"hub", "proxy", "autohttps"}
    exchange = filled_in(OWN_EXCHANGE, "exchange.yaml")[2]["spec"]
    assert set(exchange["policyTypes"]) == {"Ingress", "Egress"}
    assert not {"ingress", "egress"} & set(exchange)


def test_the_exchange_runs_without_rights_it_does_not_need():
    claim, deployment, policy = filled_in(OWN_EXCHANGE, "exchange.yaml")
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["imagePullSecrets"] == [PULL_SECRET] and not pod["automountServiceAccountToken"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 1000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert claim["spec"]["storageClassName"] == "nfs"


# The images


QUIZ = "02-pharmacology-short"  # has no question that asks for code
LARGEST_IMAGE = 900  # MB
BUILD_SECONDS = 2400
CERTIFICATES = "/etc/ssl/certs"


def make_base(buildah, folder):
    """A base from Debian's packages, where no registry of images can be reached."""
    required(shutil.which("debootstrap"), "debootstrap")
    root = folder / "debian"
    packages = "python3,python3-pip,ca-certificates"
    try:
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", root],
            check=True,
            capture_output=True,
            timeout=1200,
        )
        container = buildah("from", "scratch")
        # What the slim image of Debian leaves out as well.
        for pattern in ("var/cache/apt/archives/*.deb", "var/cache/apt/*.bin"):
            for path in root.glob(pattern):
                path.unlink()
        for name in ("doc", "info", "locale", "man"):
            shutil.rmtree(root / "usr/share" / name, ignore_errors=True)
        buildah("add", "-q", container, root, "/", timeout=300)
    finally:
        for mount in mounts_below(root):  # where debootstrap was stopped
            subprocess.run(["umount", mount], check=True)
        shutil.rmtree(root, ignore_errors=True)
    buildah("config", "--env", "PIP_BREAK_SYSTEM_PACKAGES=1", container)
    buildah(
        "run", "--isolation", "chroot", container, "--", "ln", "-s", "python3", "/usr/bin/python"
    )
    buildah("commit", "-q", "--rm", container, "localhost/base", timeout=300)
    return with_digest(buildah, "localhost/base")


def with_digest(buildah, name):
    digest = buildah("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", name)
    return f"{name}@{digest}"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """{stage: image} that buildah builds from deploy/Dockerfile as it is; removed afterwards.

    This asks Debian's mirror and the package index, so it runs only where COURSE_IMAGE_BASE asks
    for it: with a base and its digest, or the word `debootstrap`.
    """
    base = os.environ.get("COURSE_IMAGE_BASE")
    if not base:
        pytest.skip("COURSE_IMAGE_BASE names no base to build images over, nor `debootstrap`")
    required(shutil.which("buildah"), "buildah")
    required(os.geteuid() == 0 and not sandbox_unavailable(), "root with bubblewrap")
    folder = tmp_path_factory.mktemp("buildah")
    free = shutil.disk_usage(folder).free // 2**20
    assert free > 8000, f"only {free} MB are free, and building takes 5,000"
    buildah, until = Buildah(folder / "storage"), time.monotonic() + BUILD_SECONDS
    try:
        reference = make_base(buildah, folder) if base == "debootstrap" else base
        pull = ["--pull-never"] if base == "debootstrap" else []
        images = {}
        for stage in ("person", "leader"):
            start = time.monotonic()
            command = ["bud", "--isolation", "chroot", "--layers", *pull, "-f", "deploy/Dockerfile"]
            if Path(CERTIFICATES).is_dir():
                command += ["--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"]
            command += ["--build-arg", f"BASE={reference}", "--target", stage]
            buildah(
                *command, "-t", f"kratom-{stage}", ".", timeout=until - time.monotonic(), cwd=ROOT
            )
            images[stage] = BuiltImage(buildah, f"localhost/kratom-{stage}")
            print(f"kratom-{stage}: built in {(time.monotonic() - start) / 60:.1f} minutes")
        yield images
    finally:
        buildah.remove()


def test_the_images_are_small_and_run_as_a_number(built):
    for stage, image in built.items():
        print(f"kratom-{stage}: {image.megabytes():.0f} MB")
        assert image.megabytes() < LARGEST_IMAGE
        assert image.user == "1000:100" and image.environment["JUPYTER_CONFIG_PATH"] == "/etc/room"


def hub_of(image, folder):
    """The JupyterHub that is in an image, for this environment's Python to run."""
    copy = image.copy(None)
    [package] = copy.root.glob("usr/local/lib/python3*/*-packages/jupyterhub")
    shutil.copytree(package, folder / "jupyterhub")
    shutil.copytree(copy.root / "usr/local/share/jupyterhub", folder / "share" / "jupyterhub")
    return folder


def test_a_person_gets_from_login_to_feedback_in_the_built_images(built, tmp_path):
    """A hub of the images' own JupyterHub, a person and a leader in the images that buildah built,
    and the exchange in its pod's confinement.
    """
    prepared = course("live", "--prepare", check=False)
    required(prepared.returncode == 0, f"the proxy ({prepared.stderr.strip()})")
    hub = hub_of(built["person"], tmp_path / "hub")
    with running_cluster(tmp_path, built, hub) as cluster:
        version = OverLti(cluster.address, "x").web.get(f"{cluster.address}hub/api").json()
        assert f"JUPYTERHUB_VERSION={version['version']}" in (DEPLOY / "versions.env").read_text()
        leader, anna = OverLti(cluster.address, "Teacher-1"), OverLti(cluster.address, "anna")
        for client in (leader, anna):
            assert client.log_in(cluster.platform, sub=client.name).status_code == 302
            client.open_notebooks()
        done(leader, f"cd ~/course && nbgrader generate_assignment {QUIZ} --force")
        done(leader, f"cd ~/course && nbgrader release_assignment {QUIZ}")
        anna.fetch(QUIZ)
        anna.submit(QUIZ)
        inbound = cluster.room / "exchange" / COURSE / "inbound"
        await_files(inbound, f"anna+{QUIZ}+*")
        done(leader, f"cd ~/course && nbgrader collect {QUIZ}")
        summary = done(leader, f"cd ~/course && course grade {QUIZ} --sandbox values")
        assert re.search(r"^  graded +1$", summary, re.MULTILINE), summary
        done(leader, f"cd ~/course && nbgrader generate_feedback {QUIZ} --force")
        done(leader, f"cd ~/course && nbgrader release_feedback {QUIZ}")
        await_files(cluster.room / "post" / "anna" / "feedback", "*.html")
        done(anna, f"cd ~ && nbgrader fetch_feedback {QUIZ} --course {COURSE}")
        pages = done(anna, f"cd ~ && cat {QUIZ}/feedback/*/*.html | head -c 2000")
        assert "<html" in pages
        code, _ = command_of(anna, "ls /room /srv/course")
        assert code != 0


def await_files(folder, pattern, seconds=60):
    until = time.monotonic() + seconds
    while not list(folder.glob(pattern)):
        assert time.monotonic() < until, f"{pattern} did not arrive in {folder}"
        time.sleep(0.3)
