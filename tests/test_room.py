"""A room for a workshop: who may come in, what people can see of each other, and that nothing of
theirs is lost.
"""

import contextlib
import dataclasses
import datetime as dt
import errno
import json
import os
import re
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import yaml
from conftest import ROOT, course, required

from kratomcourse.bubblewrap import python_folders, relocated_python
from kratomcourse.errors import CourseError
from kratomcourse.live.exchange import COURSE, SubmissionExchange, feedback_page
from kratomcourse.live.hub_directory import HubDirectory
from kratomcourse.live.participant.answered import answer_sources, count_answers, progress_of
from kratomcourse.live.participant.ipython_hints import hint
from kratomcourse.live.participant.server_extension import HubWatch
from kratomcourse.live.user_sandbox import (
    ResourceLimits,
    cgroup_roots,
    python_environment,
    sandbox_unavailable,
    sandboxed_command,
)
from kratomcourse.live.users import (
    FIRST_UID,
    LoginRefused,
    LoginThrottle,
    Users,
    account_name,
    new_password,
    read_allow_list,
)

AS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0, reason="root alone can start programs under other accounts"
)


# Who may come in


@pytest.mark.parametrize(
    "written, safe",
    [
        ("Anna", "anna"),
        ("  Änna Königin ", "anna-konigin"),
        ("Søren", "soren"),
        ("blue_7", "blue-7"),
        ("../../etc", "etc"),
        ("a;rm -rf /", "a-rm-rf"),
        ("ｗｉｄｅ", "wide"),
        ("x" * 24, "x" * 24),
    ],
)
def test_a_name_is_made_safe(written, safe):
    assert account_name(written) == safe


@pytest.mark.parametrize("written", ["", "   ", "+", "...", "\x00", "\u202e"])
def test_a_name_without_anything_to_see_is_refused_in_words_for_that_person(written):
    with pytest.raises(LoginRefused, match="at least one letter"):
        account_name(written)


@pytest.mark.parametrize(
    "written, begin",
    [
        ("小明", "guest-"),
        ("สมชาย", "guest-"),
        ("Анна", "guest-"),
        ("🙂", "guest-"),
        ("Anna 小", "anna-"),
        ("x" * 25, "x" * 17 + "-"),
        ("7up", "p-7up"),
    ],
)
def test_a_name_in_any_script_gives_an_account_of_its_own(written, begin):
    account = account_name(written)
    assert account == account_name(f" {written} ") and account.startswith(begin)
    assert len(account) <= 24 and account.isascii()
    assert account != account_name(written + "x")


def test_people_see_the_name_that_someone_wrote(users):
    account = users.log_in("Анна\u202e  Ли", "correct horse", "bcdfgh")
    assert users.shown()[account] == "Анна Ли"
    assert users.log_in("анна ли", "correct horse") == account


@pytest.fixture
def users(tmp_path):
    return Users(tmp_path / "people.json", code="bcdfgh")


def test_first_use_sets_the_password_and_only_it_opens_again(users):
    assert users.log_in("Änna", "correct horse", "BCDFGH ") == "anna"
    assert users.log_in("anna", "correct horse") == "anna", "who is known needs no invitation"
    with pytest.raises(LoginRefused, match="Someone in this room is called 'anna'.*anna-2"):
        users.log_in("anna", "another one", "bcdfgh")
    assert users.log_in("anna-2", "another one", "bcdfgh") == "anna-2"
    assert users.account("anna") == FIRST_UID and users.account("anna-2") == FIRST_UID + 1
    assert (
        stat.S_IMODE(users.path.stat().st_mode) == 0o600 and "horse" not in users.path.read_text()
    )


def test_strangers_and_weak_passwords_and_kept_names_stay_outside(users):
    for name, password, code, words in [
        ("eve", "correct horse", "", "invitation"),
        ("eve", "correct horse", "wrong", "invitation"),
        ("eve", "short", "bcdfgh", "six|6"),
        ("root", "correct horse", "bcdfgh", "reserved"),
        ("Leader", "correct horse", "bcdfgh", "reserved"),
        ("eve", "x" * 300, "bcdfgh", "too long"),
    ]:
        with pytest.raises(LoginRefused, match=words):
            users.log_in(name, password, code)
    assert users.load() == {}


def test_a_list_lets_in_whom_it_names(tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("# my group\nAnna\nBen O'Hara\n\n", encoding="utf-8")
    users = Users(tmp_path / "people.json", read_allow_list(names))
    assert users.log_in("ben o'hara", "correct horse") == "ben-o-hara"
    with pytest.raises(LoginRefused, match="not on the list"):
        users.log_in("eve", "correct horse")
    names.write_text("Anna\nÄnna\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"names.txt:2.*line 1 are both 'anna'"):
        read_allow_list(names)


def test_after_wrong_guesses_there_is_a_pause_and_then_it_goes_on(users):
    now = [0.0]
    users.throttle = LoginThrottle(lambda: now[0])
    users.log_in("anna", "correct horse", "bcdfgh")
    for _ in range(LoginThrottle.FEW):
        with pytest.raises(LoginRefused, match="Someone"):
            users.log_in("anna", "a guess")
    with pytest.raises(LoginRefused, match="wait half a minute"):
        users.log_in("anna", "correct horse")
    for _ in range(LoginThrottle.FEW):
        with pytest.raises(LoginRefused, match="invitation"):
            users.log_in("eve", "correct horse", "wrong", address="10.0.0.9")
    with pytest.raises(LoginRefused, match="wait half a minute"):
        users.log_in("eve", "correct horse", "bcdfgh", address="10.0.0.9")
    assert users.log_in("ben", "correct horse", "bcdfgh", address="10.0.0.8") == "ben", (
        "others are not held up"
    )
    now[0] += 31
    assert users.log_in("anna", "correct horse") == "anna"


def test_a_full_disk_refuses_the_new_and_keeps_the_old(users, monkeypatch):
    users.log_in("anna", "correct horse", "bcdfgh")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LoginRefused, match="disk is full"):
        users.log_in("ben", "correct horse", "bcdfgh")
    assert users.log_in("anna", "correct horse") == "anna" and list(users.load()) == ["anna"]


# Before a room opens


def test_what_stands_in_the_way_is_said_with_its_mend(tmp_path):
    def refused(*arguments):
        done = course("live", "--folder", str(tmp_path / "room"), *arguments, check=False)
        assert done.returncode == 1 and "Fix:" in done.stderr and "Traceback" not in done.stderr, (
            done.stderr
        )
        return done.stderr

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        from kratomcourse.live import launch

        with pytest.raises(CourseError, match=rf"port {port} is taken.*--port {port + 1}"):
            launch.require_port("127.0.0.1", port)
    with pytest.raises(CourseError, match="no address of this machine"):
        launch.require_port("192.0.2.7", 8000)
    with pytest.raises(CourseError, match="no chapter or part '02-pharmacolgy'.*did you mean"):
        HubDirectory(tmp_path / "room", ROOT).notebooks("02-pharmacolgy")
    whole, part = (HubDirectory(tmp_path / "room", ROOT).notebooks(word) for word in ("4", "4.2"))
    assert len(whole) > 4 and whole[0] == "04-0-risk.ipynb" and part == whole[2:3]
    assert HubDirectory(tmp_path / "room", ROOT).notebooks("04-risk") == whole
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="cannot be written to"):
        launch.require_writable(tmp_path / "file" / "room")
    if os.geteuid() == 0:
        assert "as root" in refused("--no-sandbox")


def test_without_bubblewrap_the_command_names_the_ways(tmp_path, monkeypatch):
    from kratomcourse.live import launch

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match="bubblewrap is not installed.*--no-sandbox.*--alone"):
        launch.launch_hub(tmp_path / "room", ROOT, launch.HubOptions())
    assert not (tmp_path / "room").exists()


def test_where_the_system_lets_nobody_make_namespaces_the_mend_is_another_one(
    tmp_path, monkeypatch
):
    from kratomcourse.live import launch

    refusing = tmp_path / "bin" / "bwrap"
    refusing.parent.mkdir()
    refusing.write_text(
        "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n"
    )
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{refusing.parent}:/usr/bin:/bin")
    with pytest.raises(
        CourseError,
        match="cannot make namespaces here .*uid map: Permission denied.*Fix: let ordinary "
        "accounts create namespaces.*or open the room as root.*--no-sandbox",
    ):
        launch.launch_hub(tmp_path / "room", ROOT, launch.HubOptions())


def test_a_port_of_the_administrators_and_a_disk_that_is_nearly_full_are_told(
    tmp_path, monkeypatch
):
    from kratomcourse.live import hub_directory, launch

    def kept(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "bind", kept)
        with pytest.raises(
            CourseError, match="port 80 is reserved for the system's administrator.*--port 8000"
        ):
            launch.require_port("127.0.0.1", 80)
    monkeypatch.setattr(hub_directory, "free_megabytes", lambda folder: 12)
    with pytest.raises(CourseError, match="only 12 MB are free.*at least 300 MB.*--folder"):
        hub_directory.require_space(tmp_path)


def test_a_second_opening_of_the_same_room_stops(tmp_path):
    from kratomcourse.live.launch import DirectoryLock

    room = HubDirectory(tmp_path, ROOT)
    with DirectoryLock(room), pytest.raises(CourseError, match="open already"), DirectoryLock(room):
        pass


def test_the_proxy_of_a_hub_that_was_killed_is_ended_and_no_other_program(tmp_path):
    from kratomcourse.live.proxy_install import stop_orphan_proxy

    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    with (
        subprocess.Popen([*sleeping, "/x/configurable-http-proxy"]) as proxy,
        subprocess.Popen(sleeping) as other,
    ):
        try:
            for program in (proxy, other):
                (tmp_path / "proxy.pid").write_text(str(program.pid))
                stop_orphan_proxy(tmp_path / "proxy.pid")
            assert proxy.poll() is not None and other.poll() is None
            (tmp_path / "proxy.pid").write_text("")
            stop_orphan_proxy(tmp_path / "proxy.pid")
            stop_orphan_proxy(tmp_path / "absent")
        finally:
            proxy.kill()
            other.kill()


def test_the_certificate_is_for_the_address_and_kept_until_it_ends(tmp_path):
    from cryptography import x509

    from kratomcourse.live.certificate import certificate_for

    certificate, key, fingerprint = certificate_for(tmp_path, "192.0.2.7")
    assert (
        certificate_for(tmp_path, "192.0.2.7")[2] == fingerprint
        and certificate_for(tmp_path, "192.0.2.8")[2] != fingerprint
    )
    named = (
        x509.load_pem_x509_certificate(certificate.read_bytes())
        .extensions.get_extension_for_class(x509.SubjectAlternativeName)
        .value
    )
    assert [str(address) for address in named.get_values_for_type(x509.IPAddress)] == ["192.0.2.8"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(fingerprint) == 95


def test_the_page_to_project_says_what_the_room_must_not_be_used_for():
    from kratomcourse.live.launch import UNSANDBOXED_WARNING
    from kratomcourse.live.projector_page import projector_page, qr_for_terminal

    settings = {
        "name": "Tuesday <group>",
        "bind_url": "https://192.0.2.7:8000/",
        "invitation": "bcdfgh",
        "allowed": None,
        "fingerprint": "AA:BB",
        "warning": "",
    }
    page = projector_page(settings)
    assert (
        "Tuesday &lt;group&gt;" in page
        and "bcdfgh" in page
        and "<svg" in page
        and "AA:BB" in page
        and "Not private" not in page
    )
    assert "Do not use this room for grades" in projector_page(
        settings | {"warning": UNSANDBOXED_WARNING}
    )
    assert qr_for_terminal(settings["bind_url"]).count("\n") > 10


# What lies in a room


@pytest.fixture
def room(tmp_path):
    return small_room(tmp_path)


def small_room(folder):
    """A room with two chapters and without a hub."""
    room = HubDirectory(folder / "room", ROOT)
    for folder in (room.homes, room.chapters, room.leader):
        folder.mkdir(parents=True)
    for name in ("01-one.ipynb", "02-two.ipynb"):
        (room.chapters / name).write_text(f"first {name}")
    room.settings = {"sandbox": True}
    room.write(sandbox=True, memory_mb=1024)
    room.exchange.make()
    return room


def home_of(room, name, number=0):
    return room.home(name, FIRST_UID + number if os.geteuid() == 0 else os.geteuid())


def test_the_next_chapter_reaches_all_and_never_overwrites(room):
    anna, ben = home_of(room, "anna"), home_of(room, "ben", 1)
    assert room.distribute_to_all("1") == (["anna", "ben"], [])
    (anna / "01-one.ipynb").write_text("anna's own words")
    (room.chapters / "01-one.ipynb").write_text("mended")
    assert room.distribute_to_all("01-one") == (["ben"], ["anna"])
    assert (anna / "01-one.ipynb").read_text() == "anna's own words" and (
        ben / "01-one.ipynb"
    ).read_text() == "mended"
    assert room.distribute_to_all("2")[0] == ["anna", "ben"] and room.newest() == "02-two.ipynb"
    assert (ben / "02-two.ipynb").stat().st_uid == ben.stat().st_uid and stat.S_IMODE(
        (ben / "02-two.ipynb").stat().st_mode
    ) == 0o600


def test_on_a_full_disk_a_chapter_stays_as_it_was_and_nothing_half_written_lies_beside(
    room, monkeypatch
):
    anna = home_of(room, "anna")
    room.distribute_to_all("1")
    (room.chapters / "01-one.ipynb").write_text("mended")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", full)
        with pytest.raises(OSError, match="No space left"):
            room.distribute_to_all("1")
        with pytest.raises(OSError, match="No space left"):
            put(room.exchange, "anna", "anna+02-x+2027-01-15 12:00:00 UTC+abcd")
            room.exchange.relay()
    assert (anna / "01-one.ipynb").read_text() == "first 01-one.ipynb" and [
        path.name for path in anna.glob("*.new")
    ] == []
    assert room.exchange.relay() == ["anna+02-x+2027-01-15 12:00:00 UTC+abcd"], (
        "what was handed in waited in its box"
    )
    assert (
        room.distribute_to_all("1") == (["anna"], [])
        and (anna / "01-one.ipynb").read_text() == "mended"
    )


def test_a_chapter_is_not_written_through_a_link_that_somebody_laid(room, tmp_path):
    anna, treasure = home_of(room, "anna"), tmp_path / "treasure"
    treasure.write_text("mine")
    (anna / "01-one.ipynb").symlink_to(treasure)
    (anna / ".02-two.ipynb.new").symlink_to(treasure)
    room.distribute_to_all("1")
    room.distribute_to_all("2")
    assert (
        treasure.read_text() == "mine"
        and (anna / "02-two.ipynb").read_text() == "first 02-two.ipynb"
    )


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """What the image for people holds of the course, as the recipe makes it; in a room it is the
    same.
    """
    target = tmp_path_factory.mktemp("image")
    done = subprocess.run(
        [sys.executable, "-m", "kratomcourse.live.image_files", str(ROOT), str(target)],
        cwd=target,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return target


def test_people_import_the_course_without_its_graded_questions(image):
    graded = [
        item["id"]
        for path in (ROOT / "quizzes" / "bank").glob("*.yml")
        for item in yaml.safe_load(path.read_text())["items"]
        if "graded" in item["use"]
    ]
    assert graded
    banks = "".join(
        path.read_text() for path in (image / "library" / "quizzes" / "bank").glob("*.yml")
    )
    assert not [name for name in graded if f"id: {name}\n" in banks]
    code = (
        "from kratomcourse.quiz import QuizHtml, load_banks; print(len(load_banks()), "
        "len(QuizHtml('02-pharmacology', 'pharm.o1')._repr_html_()) > 1000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=image,
        env=os.environ | {"PYTHONPATH": str(image / "library")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == [
        str(len(list((ROOT / "quizzes" / "bank").glob("*.yml")))),
        "True",
    ], done.stderr


def test_where_all_share_one_account_nbgrader_still_tells_people_apart(tmp_path, monkeypatch):
    from traitlets.config.loader import PyFileConfigLoader

    room = HubDirectory(tmp_path, ROOT)
    room.settings = {"sandbox": False}
    room.make_settings()
    monkeypatch.setenv("JUPYTERHUB_USER", "ben")
    config = PyFileConfigLoader("nbgrader_config.py", str(room.settings_of("person"))).load_config()
    assert config.CourseDirectory.student_id == "ben" and config.Exchange.root == str(
        tmp_path / "exchange"
    )
    room.settings = {"sandbox": True}
    room.make_settings()
    config = PyFileConfigLoader("nbgrader_config.py", str(room.settings_of("person"))).load_config()
    assert "student_id" not in config.CourseDirectory and config.Exchange.root == "/exchange"


# The exchange


@pytest.fixture
def exchange(tmp_path):
    exchange = SubmissionExchange(tmp_path)
    exchange.make()
    return exchange


def put(exchange, person, named, whole=True, secret="s" * 8):
    inbound, _ = exchange.folders_of(person, FIRST_UID)
    folder = inbound / named
    folder.mkdir()
    (folder / "02-x.ipynb").write_text("{}")
    (folder / "timestamp.txt").write_text("2027-01-15 12:00:00 UTC")
    if whole:
        (folder / "submission_secret.txt").write_text(secret)
        folder.chmod(0o777)
    return folder


def test_what_is_handed_in_is_moved_on_under_ones_own_name_alone(exchange):
    own = "anna+02-x+2027-01-15 12:00:00 UTC+abcd"
    put(exchange, "anna", own)
    put(exchange, "anna", "ben+02-x+2027-01-15 12:00:00 UTC+abcd")
    put(exchange, "anna", "anna+02-x+2027-01-15 12:05:00 UTC+efgh", whole=False)
    assert exchange.relay() == [own] and exchange.relay() == []
    [latest] = exchange.submissions_by_user()["anna"].values()
    assert (
        latest.submitted == dt.datetime(2027, 1, 15, 12, tzinfo=dt.UTC) and latest.progress is None
    )
    moved = exchange.folder / "inbound" / own
    assert moved.stat().st_uid == os.geteuid() and stat.S_IMODE(moved.stat().st_mode) == 0o755, (
        "nobody changes it afterwards"
    )


def test_what_was_on_its_way_when_the_power_went_arrives_afterwards(exchange):
    from kratomcourse.live.exchange import take_ownership

    name = "anna+02-x+2027-01-15 12:00:00 UTC+abcd"
    take_ownership(put(exchange, "anna", name))
    assert (
        exchange.relay() == [name]
        and stat.S_IMODE((exchange.folder / "inbound" / name).stat().st_mode) == 0o755
    )


def test_a_link_in_what_is_handed_in_leads_nowhere(exchange, tmp_path):
    treasure = tmp_path / "treasure"
    treasure.write_text("key")
    folder = put(exchange, "anna", "anna+02-x+2027-01-15 12:00:00 UTC+abcd")
    (folder / "02-x.ipynb").unlink()
    (folder / "02-x.ipynb").symlink_to(treasure)
    os.link(treasure, folder / "hard.txt")
    os.mkfifo(folder / "pipe")
    (folder / "inner").mkdir()
    (folder / "inner" / "link").symlink_to("/")
    [name] = exchange.relay()
    assert sorted(path.name for path in (exchange.folder / "inbound" / name).rglob("*")) == [
        "inner",
        "submission_secret.txt",
        "timestamp.txt",
    ]
    assert treasure.read_text() == "key" and stat.S_IMODE(treasure.stat().st_mode) == 0o644


def test_feedback_comes_to_the_one_whose_work_it_is(exchange):
    from nbgrader.utils import notebook_hash

    for person, secret in (("anna", "a" * 8), ("ben", "b" * 8)):
        put(exchange, person, f"{person}+02-x+2027-01-15 12:00:00 UTC+abcd", secret=secret)
    exchange.relay()
    page = f"{notebook_hash(secret='a' * 8, notebook_id='02-x')}.html"
    assert page == feedback_page("a" * 8, "02-x")
    (exchange.folder / "feedback" / page).write_text("well done")
    exchange.relay()
    assert (
        exchange.user_folders / "anna" / "feedback" / page
    ).read_text() == "well done" and not list(
        (exchange.user_folders / "ben" / "feedback").iterdir()
    )


# The sandbox


@pytest.fixture(scope="session")
def sandbox():
    required(not sandbox_unavailable(), f"the sandbox ({sandbox_unavailable()})")


def inside(room, name, number, code, limits=None, timeout=60):
    """What a program of this person prints in the sandbox."""
    account = FIRST_UID + number
    for folder in (room.library, room.settings_of("person")):
        folder.mkdir(parents=True, exist_ok=True)
    room.folder.chmod(0o700)
    room.home(name, account)
    words = sandboxed_command(name, account, room.sandbox_mounts(name, account)) + [
        relocated_python().executable,
        "-c",
        code,
    ]
    limits = limits or ResourceLimits(1024, roots=[])
    environment = python_environment("/course", "/etc/room") | {
        "HOME": f"/home/{name}",
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run(
        words,
        env=environment,
        preexec_fn=lambda: limits.apply(limits.group(name)),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    return (done.stdout + done.stderr).strip()


LOOK = """
import os, pwd
print(pwd.getpwuid(os.getuid()).pw_name, os.getcwd(), sorted(os.listdir('/home')), [p for p in {paths!r} if os.path.exists(p)])
print([line.split()[1] for line in open('/proc/self/status') if line.startswith(('CapEff', 'CapPrm', 'NoNewPrivs'))], len([p for p in os.listdir('/proc') if p.isdigit()]) < 6)
for path in ('/exchange/{course}/outbound/x', '/course/x', '/etc/room/x', '/usr/x', '/x'):
    try: open(path, 'w'); print('wrote', path)
    except OSError: pass
open('/exchange/{course}/inbound/mine', 'w'); open('own', 'w').write('mine'); print('done')
"""


def test_in_the_sandbox_a_person_sees_their_own_home_and_no_one_elses(room, sandbox):
    home_of(room, "ben", 1)
    paths = [
        str(path)
        for path in (
            room.homes / "ben",
            room.leader,
            room.folder / "people.json",
            ROOT / "quizzes",
            ROOT / "kratomcourse",
            room.exchange.folder / "inbound",
            *python_folders(),  # shown at a neutral path: their own may name someone's home
        )
    ]
    said = inside(room, "anna", 0, LOOK.format(paths=paths, course=COURSE)).splitlines()
    assert said == [
        "anna /home/anna ['anna'] []",
        "['0000000000000000', '0000000000000000', '1'] True",
        "done",
    ], said
    assert (room.homes / "anna" / "own").read_text() == "mine"


@AS_ROOT
def test_each_person_is_another_account_of_the_machine(room, sandbox):
    inside(room, "anna", 0, "open('own', 'w')")
    inside(room, "ben", 1, "open('own', 'w')")
    owners = {(room.homes / name / "own").stat().st_uid for name in ("anna", "ben")}
    assert (
        owners == {FIRST_UID, FIRST_UID + 1}
        and stat.S_IMODE((room.homes / "anna").stat().st_mode) == 0o700
    )


@AS_ROOT
def test_an_ordinary_user_can_open_a_room_with_the_same_sandbox(sandbox, tmp_path):
    """The whole as user 61000, for whom Python and the course lie where it may read them."""
    script = tmp_path / "try.py"
    script.write_text(
        "import os, sys\nsys.path[:0] = ['/run/course', '/run/course/tests']\nfrom pathlib "
        "import Path\nimport test_room\n"
        "room = test_room.small_room(Path('/mnt'))\nassert os.geteuid() == "
        "61000\ntest_room.home_of(room, 'ben', 1)\n"
        "print(test_room.inside(room, 'anna', 0, "
        "test_room.LOOK.format(paths=['/mnt/room/homes/ben', '/mnt/room', "
        f"'/run/course/quizzes'], course={COURSE!r})))\n"
    )
    tmp_path.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 61000, 61000)
    base = os.path.realpath(sys.base_prefix)
    above = [
        word for folder in reversed(Path(base).parents[:-1]) for word in ("--dir", str(folder))
    ]
    reach = (
        ["--tmpfs", "/root", "--chmod", "0755", "/root", *above, "--ro-bind", base, base]
        if base.startswith("/root/")
        else []
    )
    done = subprocess.run(
        [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            "--tmpfs",
            str(tmp_path.parents[1]),
            "--ro-bind",
            str(script),
            "/run/try.py",
            "--ro-bind",
            str(ROOT),
            "/run/course",
            "--bind",
            str(home),
            "/mnt",
            *reach,
            "--cap-add",
            "ALL",
            "--",
            "setpriv",
            "--reuid=61000",
            "--regid=61000",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "env",
            "HOME=/mnt",
            "MPLCONFIGDIR=/mnt",
            sys.executable,
            "-B",
            "/run/try.py",
        ],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.stdout.splitlines() == [
        "anna /home/anna ['anna'] []",
        "['0000000000000000', '0000000000000000', '1'] True",
        "done",
    ], done.stdout + done.stderr


def test_memory_files_and_processes_have_an_end(room, sandbox):
    code = """
import os
try: bytearray(3 * 2**30)
except MemoryError: print('memory')
try:
    with open('big', 'wb') as file:
        for _ in range(30): file.write(bytes(2**20))
except OSError: print('file')
try:
    for _ in range(100):
        if os.fork() == 0:
            import time; time.sleep(3); os._exit(0)
except OSError: print('processes')
"""
    said = inside(
        room, "anna", 0, code, ResourceLimits(1024, file_mb=20, processes=40, roots=[])
    ).split()
    assert said == ["memory", "file"] + (["processes"] if os.geteuid() == 0 else []), said


@AS_ROOT
def test_one_persons_endless_loops_do_not_slow_another(room, sandbox):
    """Six loops of one person and one of another on one processor: each person gets a like share,
    not each program.
    """
    limits = ResourceLimits(1024, roots=cgroup_roots(own=f"kratom-test-{os.getpid()}"))
    if not limits.roots:
        pytest.skip("control groups cannot be made on this machine")
    loops = (
        "import os, time\nos.sched_setaffinity(0, {0})\n%send = time.time() + %s\nwhile "
        "time.time() < end: pass\nprint(time.process_time())\nos.path.exists('all') or "
        "time.sleep(1)"
    )
    six = loops % ("for _ in range(5):\n    if os.fork() == 0: break\n", 5)
    try:
        with ThreadPoolExecutor() as pool:
            anna = pool.submit(inside, room, "anna", 0, six, limits)
            ben = pool.submit(inside, room, "ben", 1, loops % ("", 5), limits)
            others, own = [float(used) for used in anna.result().split()], float(ben.result())
    finally:
        for folder, _ in limits.roots:
            for path in (folder / "anna", folder / "ben", folder):
                remove_group(path)
    assert len(others) == 6 and own > 0.45 * sum(others), (
        own,
        others,
    )  # by program it would be a sixth


def remove_group(path):
    for _ in range(50):
        try:
            return path.rmdir()
        except OSError:
            time.sleep(0.1)


# Past one machine: see test_deploy.py, too


def test_the_image_for_people_holds_no_key(image):
    assert len(list((image / "chapters").glob("*.ipynb"))) == len(
        list((ROOT / "notebooks").glob("*/*.ipynb"))
    )
    assert (
        not list((image / "library").rglob("*.db"))
        and not (image / "library" / "quizzes" / "source").exists()
    )
    config = (image / "settings" / "person" / "nbgrader_config.py").read_text()
    assert "/exchange" in config and COURSE in config
    recipe = (ROOT / "deploy" / "Dockerfile").read_text()
    person = recipe.partition("AS person")[2].partition("FROM")[0]
    assert "/srv/course" not in person and "COPY . " not in person


# Answers in a quiz, and its feedback


def quiz_cell(name, source, kind="code"):
    nbgrader = {"grade_id": name, "solution": True, "locked": False}
    return {"cell_type": kind, "metadata": {"nbgrader": nbgrader}, "source": source}


def quiz_of(*answers):
    """A quiz notebook: a question for each (kind, source)."""
    cells = []
    for number, (kind, source) in enumerate(answers, 1):
        text = f"## Question {number} (1 point)"
        cells.append({"cell_type": "markdown", "metadata": {}, "source": text})
        cells.append(quiz_cell(f"q{number}-answer", source, kind))
    return {"cells": cells}


RELEASED = [
    ("code", "# One letter\nanswer_one = None\n# Your answer goes above this line."),
    ("code", "def f(x):\n    shares = []\n    return shares\n# Your answer goes above this line."),
    ("markdown", "YOUR ANSWER HERE"),
]


def test_answers_are_counted_without_running_anything():
    stubs = answer_sources(quiz_of(*RELEASED))
    found = count_answers(quiz_of(*RELEASED), stubs)
    assert (found.questions, found.answered, found.empty) == (3, 0, (1, 2, 3))
    answered = [
        ("code", "# One letter\nanswer_one = 'b'\nraise SystemExit"),
        ("code", "def f(x):\n    return [x]"),
        ("markdown", "Both are right."),
    ]
    assert count_answers(quiz_of(*answered), stubs).empty == ()
    mixed = [("code", "answer_one = "), ("code", RELEASED[1][1] + "\n# a note"), ("markdown", " ")]
    assert count_answers(quiz_of(*mixed), stubs).empty == (2, 3), "typed, if not Python, is typed"
    assert count_answers(quiz_of(*RELEASED), {}).empty == (1, 3), "without the released quiz"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"cells": 7}', '{"cells": [3, {"source": [1]}]}', "[" * 100_000]
)
def test_a_submission_that_is_no_quiz_has_no_count_and_breaks_nothing(tmp_path, text):
    (tmp_path / "quiz.ipynb").write_text(text)
    assert progress_of(tmp_path / "quiz.ipynb") is None


def test_a_count_follows_no_link(tmp_path):
    (tmp_path / "secret.ipynb").write_text(json.dumps(quiz_of(*RELEASED)))
    (tmp_path / "quiz.ipynb").symlink_to("secret.ipynb")
    assert progress_of(tmp_path / "secret.ipynb").questions == 3
    assert progress_of(tmp_path / "quiz.ipynb") is None


def test_the_leader_sees_local_times_and_how_many_questions_have_an_answer(exchange):
    folder = put(exchange, "anna", "anna+02-x+2027-01-15 12:00:00.25 UTC+abcd")
    answers = [("code", "answer_one = 'b'"), *RELEASED[1:]]
    (folder / "02-x.ipynb").write_text(json.dumps(quiz_of(*answers)))
    released = exchange.folder / "outbound" / "02-x" / "02-x.ipynb"
    released.parent.mkdir(parents=True)
    released.write_text(json.dumps(quiz_of(*RELEASED)))
    exchange.relay()
    [latest] = exchange.submissions_by_user()["anna"].values()
    assert (latest.progress.answered, latest.progress.questions) == (1, 3)
    east = dt.timezone(dt.timedelta(hours=7))
    moved = dataclasses.replace(latest, submitted=latest.submitted.astimezone(east))
    assert moved.when(dt.datetime(2027, 1, 15, 20, tzinfo=east)) == "19:00"
    assert moved.when(dt.datetime(2027, 1, 16, 20, tzinfo=east)) == "15 Jan 19:00"


def test_a_server_stops_when_its_hub_has_been_gone_for_a_while_and_not_before():
    stopped = []
    with socket.socket() as hub:
        hub.bind(("127.0.0.1", 0))
        hub.listen()
        watch = HubWatch(lambda: stopped.append(True), hub.getsockname(), patience=90, every=30)
        for _ in range(4):
            watch.look()
    for _ in range(2):
        watch.look()
    assert not stopped
    watch.look()
    assert stopped == [True]


def test_the_leaders_password_is_easy_to_read_aloud_and_never_begins_with_a_hyphen():
    for _ in range(200):
        assert re.fullmatch(r"[b-z][b-z2-9]{3}-[b-z2-9]{4}-[b-z2-9]{4}", new_password())


def test_a_room_on_loopback_says_why_nobody_reaches_it():
    from kratomcourse.live.launch import HubOptions, only_here

    here = "http://127.0.0.1:8000/"
    assert "course live --serve" in only_here(here, HubOptions())
    told = only_here(here, HubOptions(serve=True, address="127.0.0.1"))
    assert "because of --address 127.0.0.1" in told
    assert only_here("https://192.0.2.7:8000/", HubOptions(serve=True)) == ""


def test_no_idle_culler_outlives_its_hub(tmp_path):
    """The hub's stand-in starts the culler and is killed."""
    code = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-m', "
        "'kratomcourse.live.idle_culler', '--url=http://127.0.0.1:9/', '--timeout=60']); "
        "print(p.pid, flush=True); time.sleep(60)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "JUPYTERHUB_API_TOKEN": "x"}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    ) as hub:
        culler = psutil.Process(int(hub.stdout.readline()))
        time.sleep(3)
        assert culler.is_running()
        hub.kill()
    with contextlib.suppress(psutil.NoSuchProcess):
        culler.wait(20)
    assert not culler.is_running()


def test_a_letter_without_quotes_gets_a_sentence_and_other_errors_none():
    said = hint("name 'b' is not defined", "# One letter\nanswer_first = b")
    assert said == 'A letter needs quotes here, for example answer_first = "b".'
    assert hint("name 'b' is not defined", "print(b)") == ""
    assert hint("name 'abc' is not defined", "answer_first = abc") == ""
