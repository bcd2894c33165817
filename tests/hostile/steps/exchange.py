"""Attacks on collecting from the exchange. Each changes eve's folder there, and says what becomes of it."""

import os
import socket
import threading
import time

REJECTED, EITHER = "rejected", "either"


def notebook_of(folder, world):
    path = folder / f"{world.quiz}.ipynb"
    path.unlink()
    return path


def link_to_the_solution(folder, world):
    """A link to the instructor's source in place of the notebook, which is read with the instructor's rights"""
    notebook_of(folder, world).symlink_to(world.secret)
    return REJECTED


def chain_of_links(folder, world):
    """A link to a link to the source, through two folders of its own"""
    (folder / "a").symlink_to(world.secret.parent)
    notebook_of(folder, world).symlink_to(f"a/{world.secret.name}")
    return REJECTED


def links_in_a_circle(folder, world):
    """Links that lead to each other for ever"""
    (folder / "other").symlink_to(f"{world.quiz}.ipynb")
    notebook_of(folder, world).symlink_to("other")
    return REJECTED


def folder_that_is_a_link(folder, world):
    """A folder beside the notebook that is a link to the folder with the key"""
    (folder / "data").symlink_to(world.secret.parent)
    return REJECTED


def second_name_of_the_key(folder, world):
    """A second name (hard link) of the source, which no look at links finds"""
    os.link(world.secret, notebook_of(folder, world))
    return REJECTED


def named_pipe(folder, world):
    """A named pipe, at which a reader waits for ever"""
    os.mkfifo(notebook_of(folder, world))
    return REJECTED


def socket_in_the_folder(folder, world):
    """A socket with the name of a data file"""
    here = os.getcwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.bind("data.csv")
    finally:
        os.chdir(here)
    return REJECTED


def endless_device(folder, world):
    """A link to /dev/zero, which never ends"""
    notebook_of(folder, world).symlink_to("/dev/zero")
    return REJECTED


def sparse_file(folder, world):
    """A file of ten gigabytes that takes no room on the student's disk, and all of the instructor's"""
    with open(folder / "data.bin", "wb") as file:
        file.truncate(10 << 30)
    return REJECTED


def thousands_of_files(folder, world):
    """Two thousand empty files, one look-up each"""
    for number in range(2000):
        (folder / f"{number}.txt").touch()
    return REJECTED


def folders_without_end(folder, world):
    """Sixty folders in each other"""
    (folder / "/".join("d" * 60)).mkdir(parents=True)
    return REJECTED


def name_with_a_command(folder, world):
    """A file name that clears the terminal of whoever reads the summary"""
    (folder / "a\x1b[2J\x1b]0;x\x07.txt").touch()
    return REJECTED


def name_turned_round(folder, world):
    """A file name with bidi marks, which shows another ending than it has"""
    (folder / "notes\u202etxt.exe").touch()
    return REJECTED


def name_that_is_no_text(folder, world):
    """A file name that is no UTF-8"""
    open(os.fsencode(folder) + b"/\xff\xfe.txt", "w").close()
    return REJECTED


def notebook_is_a_folder(folder, world):
    """A folder with the notebook's name"""
    notebook_of(folder, world).mkdir()
    return EITHER


def time_is_a_folder(folder, world):
    """A folder in place of the time of submission"""
    (folder / "timestamp.txt").unlink()
    (folder / "timestamp.txt").mkdir()
    return EITHER


def swapped_while_it_is_read(folder, world):
    """Exchanges its notebook for a link to the key and back, as often as it can, while it is collected"""
    path = folder / f"{world.quiz}.ipynb"
    beside = folder.parent / ".swap"
    content = path.read_bytes()

    def swap():
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for make in (lambda: beside.symlink_to(world.secret), lambda: beside.write_bytes(content)):
                try:
                    beside.unlink(missing_ok=True)
                    make()
                    beside.replace(path)
                except OSError:
                    return

    world.threads.append(threading.Thread(target=swap, daemon=True))
    world.threads[-1].start()
    return EITHER


def grows_while_it_is_read(folder, world):
    """Writes to its notebook all the time, so that what is read never ends"""
    path = folder / f"{world.quiz}.ipynb"

    def grow():
        until = time.monotonic() + 3
        with open(path, "ab") as file:
            while time.monotonic() < until and file.tell() < 200 << 20:
                file.write(b" " * 65536)
                file.flush()

    world.threads.append(threading.Thread(target=grow, daemon=True))
    world.threads[-1].start()
    return EITHER


def settings_for_the_instructor(folder, world):
    """Start-up files of the shell, of Python and of nbgrader beside the notebook; copied as files, run by nobody"""
    for name in (".bashrc", "sitecustomize.py", "nbgrader_config.py", "jupyter_config.py"):
        (folder / name).write_text("import os; open('/tmp/evil', 'w')")
    return EITHER
