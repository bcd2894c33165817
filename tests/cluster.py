"""A cluster on one machine, for the tests: images as folders, pods as programs that see what their
manifest lets them see.

Stand-ins: bubblewrap for a container, a folder for a volume, and, unless buildah built the images,
this machine's Python and packages for those that the recipe installs. The real things: the recipe's
own lines, KubeSpawner's manifests, deploy/hub.py, deploy/values.yaml.
"""

import asyncio
import contextlib
import fnmatch
import hashlib
import json
import os
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import kubespawner.spawner
import yaml
from hub_clients import HubClient, free_port
from jupyterhub.spawner import Spawner
from kubernetes_asyncio.client import ApiClient, V1Container
from kubespawner import KubeSpawner
from lms import Platform

from kratomcourse.bubblewrap import SYSTEM, python_folders

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
TOKEN = 32 * "7a"  # of a service; the chart makes its own
# What `docker build` is given.
ARGUMENTS = {"BASE": "python:3.12-slim-bookworm@sha256:" + 64 * "0"}
INSTALLS = ("apt-get ", "pip ")  # what the machine that runs the tests has already
PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# As the container's first process would: the account, its groups, and no way back.
BECOME = (
    "import os, sys; u, g = int(sys.argv[1]), int(sys.argv[2]); os.setgroups([g]); "
    "os.setresgid(g, g, g); os.setresuid(u, u, u); os.chdir(sys.argv[3]);"
    " os.execvp(sys.argv[4], sys.argv[4:])"
)

# No Kubernetes to speak to.
kubespawner.spawner.load_config = kubespawner.spawner.shared_client = lambda *_, **__: None


# Images


class Image:
    """A stage of the recipe, laid out in a folder.

    root        : its file system, without what the machine itself brings
    environment : as ENV says
    """

    python = sys.executable  # inside
    is_complete = False  # whether its file system has everything a program needs

    def __init__(self, root):
        self.root, self.environment, self.user, self.workdir, self.entrypoint, self.command = (
            root,
            {},
            "root",
            "/",
            [],
            [],
        )

    def copy(self, root):
        new = Image(root)
        subprocess.run(["cp", "-a", f"{self.root}/.", root], check=True)
        new.environment, new.user, new.workdir, new.entrypoint, new.command = (
            dict(self.environment),
            self.user,
            self.workdir,
            self.entrypoint,
            self.command,
        )
        return new

    def account(self):
        """(uid, gid) of the user that USER names, or of its two numbers."""
        if ":" in self.user:
            uid, gid = self.user.split(":")
            return int(uid), int(gid)
        for line in (self.root / "etc" / "passwd").read_text().splitlines():
            name, _, uid, gid = line.split(":")[:4]
            if name == self.user:
                return int(uid), int(gid)
        raise LookupError(self.user)


def recipe(text):
    """[(instruction, words)] of a Dockerfile."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [
        tuple(line.split(None, 1)) for line in "\n".join(lines).replace("\\\n", " ").splitlines()
    ]


def build_images(folder, context=ROOT):
    """{stage: Image} of deploy/Dockerfile, each line carried out but those that install packages;
    [lines left out].
    """
    images, left_out, image = {}, [], None
    for instruction, words in recipe((DEPLOY / "Dockerfile").read_text()):
        if instruction == "FROM":
            base, _, name = words.partition(" AS ")
            root = folder / name
            root.mkdir(parents=True)
            image = images[name] = images[base].copy(root) if base in images else empty(root)
            arguments = {}
        elif instruction == "ARG":
            arguments = {words: ARGUMENTS[words]}
        elif instruction == "RUN":
            if words.startswith(INSTALLS):
                left_out.append(words)
                if words.startswith("pip "):
                    lay_programs(image)
                continue
            run_line(image, words, arguments)
        elif instruction == "COPY":
            source, target = [word for word in words.split() if not word.startswith("--")]
            found = re.search(r"--from=(\S+)", words)
            take(
                images[found[1]].root / source.lstrip("/") if found else context / source,
                image.root / target.lstrip("/"),
                ignored=() if found else docker_ignores(context),
            )
        elif instruction == "ENV":
            image.environment |= dict(word.split("=", 1) for word in shlex.split(words))
        elif instruction == "USER":
            image.user = words
        elif instruction == "WORKDIR":
            image.workdir = words
            (image.root / words.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif instruction in ("ENTRYPOINT", "CMD"):
            setattr(
                image,
                {"ENTRYPOINT": "entrypoint", "CMD": "command"}[instruction],
                json.loads(words),
            )
        else:
            raise ValueError(f"the test does not know {instruction}")
    return images, left_out


def empty(root):
    for name in ("etc/ssl", "home", "tmp", "usr/local/bin", "var", "root", "proc", "dev"):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc" / "group").write_text("root:x:0:\nusers:x:100:\n")
    return Image(root)


def lay_programs(image):
    """Python, and the programs of its packages, where the recipe's line would have put them."""
    for path in filter(Path.is_file, Path(sys.executable).parent.iterdir()):
        with open(path, "rb") as file:
            is_program = file.read(2) == b"#!" and b"python" in file.readline()
        words = f'"{sys.executable}"' + (f' "{path}"' if is_program else "")
        if is_program or path.name == "python":
            (image.root / "usr" / "local" / "bin" / path.name).write_text(
                f'#!/bin/sh\nexec {words} "$@"\n'
            )
            (image.root / "usr" / "local" / "bin" / path.name).chmod(0o755)


def docker_ignores(context):
    return [
        line.strip()
        for line in (context / ".dockerignore").read_text().splitlines()
        if line.strip()
    ]


def is_ignored(path, patterns):
    return any(
        fnmatch.fnmatch(path, pattern)
        or (pattern.startswith("**/") and fnmatch.fnmatch(Path(path).name, pattern[3:]))
        for pattern in patterns
    )


def take(source, target, ignored=()):
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target / source.name if target.is_dir() else target)
        return
    above = source.resolve()

    def ignore(folder, names):
        return [
            name
            for name in names
            if is_ignored((Path(folder).resolve() / name).relative_to(above).as_posix(), ignored)
        ]

    shutil.copytree(source, target, ignore=ignore, symlinks=True, dirs_exist_ok=True)


def run_line(image, words, arguments=()):
    command = [*machine(image), "--setenv", "HOME", "/root"]
    for name, value in dict(arguments).items():
        command += ["--setenv", name, value]
    command += ["--", "sh", "-ec", words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(f"RUN {words}: {done.stdout[-1000:]}{done.stderr[-2000:]}")


def machine(image, mounts=()):
    """Words of bubblewrap for a program that has an image as its file system.

    mounts : [(folder, path inside, whether read-only)]
    """
    words = [
        "bwrap",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--hostname",
        "pod",
        "--die-with-parent",
        "--bind",
        str(image.root),
        "/",
    ]
    words += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm"]
    words += ["--ro-bind-try", "/etc/hosts", "/etc/hosts"]
    words += [] if image.is_complete else of_this_machine(image)
    for folder, inside, read_only in mounts:
        words += ["--ro-bind" if read_only else "--bind", str(folder), inside]
    words += ["--clearenv", "--setenv", "PATH", PATH]
    for name, value in image.environment.items():
        words += ["--setenv", name, value]
    return words


def of_this_machine(image):
    """Words of bubblewrap for what an image that was only laid out lacks."""
    words = []
    for path in SYSTEM:
        if os.path.islink(path):
            if not (image.root / path.lstrip("/")).is_symlink():
                words += ["--symlink", os.readlink(path), path]
        elif path == "/usr":  # its own /usr/local is the image's
            words += [
                word
                for below in sorted(Path("/usr").iterdir())
                if below.name != "local"
                for word in ("--ro-bind", str(below), str(below))
            ]
        elif os.path.exists(path):
            words += ["--ro-bind", path, path]
    for name in (
        "ld.so.cache",
        "fonts",
        "localtime",
        "alternatives",
        "ssl/openssl.cnf",
        "mime.types",
        "nsswitch.conf",
    ):
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for folder in python_folders():
        words += [
            word
            for above in reversed(Path(folder).parents[:-1])
            for word in ("--perms", "0755", "--dir", str(above))
        ]
        words += ["--ro-bind", folder, folder]
    return words


# Images that buildah built


class Buildah:
    """buildah with a storage of its own, which goes with its folder.

    folder : created if absent
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    def __call__(self, *words, timeout=60, **more):
        command = ["buildah", "--root", self.folder / "root", "--runroot", self.folder / "run"]
        done = subprocess.run(
            [*command, *words], capture_output=True, text=True, timeout=timeout, **more
        )
        if done.returncode:
            raise RuntimeError(
                f"buildah {' '.join(map(str, words[:2]))}: "
                f"{done.stdout[-2000:]}{done.stderr[-3000:]}"
            )
        return done.stdout.strip()

    def remove(self):
        """Unmount and remove every container, and the storage."""
        self("rm", "--all")
        self("rmi", "--all", "--force", timeout=300)
        for mount in sorted(mounts_below(self.folder), key=len, reverse=True):
            subprocess.run(["umount", mount], check=True)
        shutil.rmtree(self.folder)


def mounts_below(folder):
    points = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return [point for point in points if point.startswith(f"{Path(folder).resolve()}/")]


class BuiltImage(Image):
    """An image that buildah built, or a container made of it."""

    python = "python3"
    is_complete = True

    def __init__(self, buildah, name, root=None):
        super().__init__(root)
        self.buildah, self.name = buildah, name
        found = json.loads(buildah("inspect", "--type", "image", name))["OCIv1"]["config"]
        self.environment = dict(word.split("=", 1) for word in found["Env"])
        self.user, self.workdir = found["User"], found["WorkingDir"]
        self.entrypoint, self.command = found["Entrypoint"], found["Cmd"]

    def megabytes(self):
        size = self.buildah("images", "--format", "{{.Size}}", self.name)
        number, unit = size.split()
        return float(number) * {"MB": 1, "GB": 1000}[unit]

    def copy(self, root):
        """A container for one pod; it shares the image's layers, so `root` isn't used."""
        container = self.buildah("from", "--pull-never", self.name)
        return BuiltImage(self.buildah, self.name, Path(self.buildah("mount", container)))


# Pods


class Machine:
    """Where pods run: images, volumes and what each pod's programs print, below one folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.images = {}

    def image(self, named):
        """The image of a reference such as REGISTRY/kratom-person:1, laid out for one pod."""
        return self.images[re.search(r"kratom-(\w+):", named)[1]]

    def containers(self, pod):
        """(name, words) of each of a pod's containers in order; what one sees is laid out when its
        turn comes, as on a cluster.
        """
        spec = pod["spec"]
        volumes = {
            volume["name"]: self.volume(volume["persistentVolumeClaim"]["claimName"])
            if "persistentVolumeClaim" in volume
            else self.empty_volume(pod["metadata"]["name"], volume["name"])
            for volume in spec["volumes"]
        }
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            if "kratom-" not in container["image"]:  # the chart's own
                continue
            image = self.image(container["image"])
            own = self.folder / "pods" / pod["metadata"]["name"] / container["name"]
            shutil.rmtree(own, ignore_errors=True)
            own.mkdir(parents=True)
            image = image.copy(own)
            mounts = []
            for mount in container["volumeMounts"]:
                below = volumes[mount["name"]] / mount.get("subPath", "")
                if ".." in Path(mount.get("subPath", "")).parts:
                    raise ValueError("a cluster refuses such a path")
                below.mkdir(parents=True, exist_ok=True)
                (image.root / mount["mountPath"].lstrip("/")).mkdir(
                    parents=True, exist_ok=True
                )  # as the administrator's, closed for writing
                mounts.append((below, mount["mountPath"], mount.get("readOnly", False)))
            rights = {**spec.get("securityContext", {}), **container.get("securityContext", {})}
            uid, gid = image.account()
            uid = rights.get("runAsUser", uid)
            words = machine(image, mounts) + [
                "--cap-drop",
                "ALL",
                "--cap-add",
                "CAP_SETUID",
                "--cap-add",
                "CAP_SETGID",
            ]
            if rights.get("readOnlyRootFilesystem"):
                words += ["--remount-ro", "/"]
            environment = {"HOME": "/home/jovyan"} | {
                one["name"]: one.get("value", "") for one in container.get("env", [])
            }
            for name, value in environment.items():
                words += ["--setenv", name, value]
            command = container.get("command") or image.entrypoint
            command = [
                *command,
                *(container.get("args") or ([] if container.get("command") else image.command)),
            ]
            if command[:2] == ["tini", "--"] and not image.is_complete:
                command = command[2:]
            words += [
                "--",
                image.python,
                "-I",
                "-S",
                "-c",
                BECOME,
                str(uid),
                str(rights.get("runAsGroup", gid)),
                container.get("workingDir") or image.workdir,
            ]
            yield container["name"], [*words, *command]

    def volume(self, claim):
        folder = self.folder / "volumes" / claim
        if not folder.exists():
            folder.mkdir(parents=True)
            os.chown(folder, 0, 100)  # what fsGroup does
            folder.chmod(0o2775)
        return folder

    def empty_volume(self, pod, name):
        folder = self.folder / "pods" / pod / f"empty-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
        return folder

    def start(self, pod):
        """Run the first containers to their end and start the last one; the running program."""
        log = self.folder / "pods" / f"{pod['metadata']['name']}.log"
        log.parent.mkdir(exist_ok=True)
        with open(log, "ab") as said:
            for name, words in self.containers(pod):
                if name == pod["spec"]["containers"][0]["name"]:
                    break
                if subprocess.run(words, stdout=said, stderr=said, timeout=60).returncode:
                    raise RuntimeError(f"{name}: {log.read_text()[-2000:]}")
            return subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )


class PodsHere(KubeSpawner):
    """KubeSpawner up to the pod's manifest; the pod then runs on this machine."""

    machine = None  # set by the test that starts the hub
    process = None

    async def start(self):
        self.port = free_port()
        pod = ApiClient().sanitize_for_serialization(await self.get_pod_manifest())
        pod["spec"].setdefault("securityContext", {})
        (self.machine.folder / f"{self.user.name}.json").write_text(json.dumps(pod))
        self.process = await asyncio.to_thread(self.machine.start, pod)
        return "127.0.0.1", self.port

    async def poll(self):
        return 0 if self.process is None else self.process.poll()

    async def stop(self, now=False):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            await asyncio.to_thread(self.process.wait)

    def progress(self):
        return Spawner.progress(self)

    async def delete_forever(self):
        pass


def command_of(client, command):
    """Run a command in a person's own server; its exit code and what it said."""
    code = (
        f"import subprocess; d = subprocess.run({command!r}, shell=True, capture_output=True, "
        "text=True); print(d.returncode, d.stdout[-3000:], d.stderr[-3000:])"
    )
    [said] = client.run([code])
    number, _, rest = said.partition(" ")
    return int(number), rest


def done(client, command):
    code, said = command_of(client, command)
    assert code == 0, f"{command}: {said}"
    return said


# The chart


def filled_in(words, name="values.yaml"):
    """Documents of a file of deploy/ with one's own in place of the words in capitals; one
    document as it is.
    """
    text = (DEPLOY / name).read_text()
    for word, own in words.items():
        assert word in text, word
        text = text.replace(word, own)
    documents = list(yaml.safe_load_all(text))
    return documents[0] if len(documents) == 1 else documents


def apply_chart(c, values):
    """Put values into the hub's settings, in the order of the chart's own file of settings.

    Written after reading it (chart of 2023 and later): first what it derives from `singleuser`,
    with its defaults for a dynamic volume and the container that shuts a cloud's metadata; then
    hub.config; last each piece of extraConfig."""
    person, pods = values["singleuser"], c.KubeSpawner
    pods.start_timeout = person["startTimeout"]
    pods.uid, pods.fs_gid, pods.allow_privilege_escalation = (
        person["uid"],
        person["fsGid"],
        person["allowPrivilegeEscalation"],
    )
    pods.mem_limit, pods.mem_guarantee = person["memory"]["limit"], person["memory"]["guarantee"]
    pods.cpu_limit, pods.cpu_guarantee = person["cpu"]["limit"], person["cpu"]["guarantee"]
    pods.image = f"{person['image']['name']}:{person['image']['tag']}"
    pods.storage_capacity, pods.pvc_name_template, pods.storage_pvc_ensure = (
        person["storage"]["capacity"],
        "claim-{user_server}",
        True,
    )
    pods.volumes = [
        {
            "name": "volume-{user_server}",
            "persistentVolumeClaim": {"claimName": "claim-{user_server}"},
        }
    ]
    pods.volume_mounts = [
        {"name": "volume-{user_server}", "mountPath": person["storage"]["homeMountPath"]}
    ]
    pods.image_pull_secrets = values["imagePullSecrets"]
    pods.storage_class = person["storage"]["dynamic"]["storageClass"]
    shut = {
        "name": "block-cloud-metadata",
        "image": "jupyterhub/k8s-network-tools",
        "command": ["iptables"],
    }
    pods.init_containers = [V1Container(**shut)]
    c.Spawner.cmd = person["cmd"]
    c.JupyterHub.services = [
        {"name": name, "api_token": TOKEN} for name in values["hub"]["services"]
    ]
    c.JupyterHub.load_roles = [
        {"name": name, **role} for name, role in values["hub"]["loadRoles"].items()
    ]
    c.CryptKeeper.keys = [hashlib.sha256(TOKEN.encode()).hexdigest()]  # the chart makes one
    for section, settings in values["hub"]["config"].items():
        c[section].update(settings)
    for name, code in sorted(values["hub"].get("extraConfig", {}).items()):
        exec(compile(code, name, "exec"), {"c": c})


OWN = {
    "REGISTRY": "r.example",
    ":TAG": ":7f3c2a1",
    '"TAG"': '"7f3c2a1"',
    "LEADER]": "Teacher-1]",
    "CLIENT-ID": "tool-7",
    "HOME-CLASS": "block",
}


def chart_values(**more):
    """deploy/values.yaml as an operator would fill it in, with deploy/hub.py."""
    values = filled_in(OWN | more)
    values["hub"]["extraConfig"] = {"course": (DEPLOY / "hub.py").read_text()}
    return values


def pod_of(config, name, admin, claims=None):
    """The manifest that KubeSpawner would hand to Kubernetes, for a person who came by a launch."""
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
            await spawner.run_auth_state_hook(claims)
            await spawner.pre_spawn_hook(spawner)
        return ApiClient().sanitize_for_serialization(await spawner.get_pod_manifest())

    # In a thread: the browser of another test may keep a loop of its own running in this one.
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, made()).result()


# Everything together


@contextlib.contextmanager
def running_cluster(folder, images, hub=None):
    """The hub with the chart's settings, pods on this machine, the exchange, and a platform that
    people come from.

    hub : folder with the Python package of another JupyterHub than this environment's
    """
    address = f"http://127.0.0.1:{free_port()}/"
    platform = Platform(address)
    threading.Thread(target=platform.serve_forever, daemon=True).start()
    values = chart_values(**{"https://LMS.EXAMPLE.EDU": platform.base})
    (folder / "cluster.json").write_text(
        json.dumps({"values": values, "address": address, "ports": [free_port(), free_port()]})
    )
    (folder / "images").write_bytes(pickle.dumps(images))
    machine = Machine(folder)
    machine.images = images
    [claim, deployment, _] = yaml.safe_load_all((DEPLOY / "exchange.yaml").read_text())
    post = {"metadata": deployment["metadata"], "spec": deployment["spec"]["template"]["spec"]}
    running = [machine.start(post)]
    log = (folder / "hub.log").open("ab")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "CONFIGPROXY"))
    } | {
        "CLUSTER": str(folder),
        "PYTHONPATH": os.pathsep.join([*([str(hub)] if hub else []), str(ROOT)]),
    }
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
            beats=machine.empty_volume("kratom-exchange", "beats"),
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
