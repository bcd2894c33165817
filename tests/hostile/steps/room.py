"""Attacks on the exchange of a room. Each writes into eve's own folder, from which the room takes submissions."""

import os


def in_another_name(world):
    """A submission in the name of a classmate"""
    world.put("ada+02-x+2027-01-15 12:00:00 UTC+abcd")


def link_to_the_leaders_folder(world):
    """A link to the leader's folder in place of a submission"""
    (world.inbound / world.name).symlink_to(world.secret.parent)


def link_to_the_key(world):
    """A link to the leader's notebook among the files"""
    (world.put(world.name) / "data.ipynb").symlink_to(world.secret)


def second_name_of_the_key(world):
    """A second name of the leader's notebook among the files"""
    os.link(world.secret, world.put(world.name) / "data.ipynb")


def named_pipe(world):
    """A pipe among the files, at which a reader waits for ever"""
    os.mkfifo(world.put(world.name) / "data.ipynb")


def secret_is_a_pipe(world):
    """A pipe in place of the secret, which is read for the feedback"""
    folder = world.put(world.name)
    (folder / "submission_secret.txt").unlink()
    os.mkfifo(folder / "submission_secret.txt")


def secret_of_two_gigabytes(world):
    """A secret of two gigabytes, which the room would read every few seconds"""
    with open(world.put(world.name) / "submission_secret.txt", "wb") as file:
        file.truncate(2 << 30)


def folders_without_end(world):
    """Folders in each other, deeper than anybody needs"""
    (world.put(world.name) / "/".join("d" * 40)).mkdir(parents=True)


def name_of_three_lines(world):
    """A name with line ends and commands, for the leader's page and log"""
    world.put("eve+02-x\n\x1b[2J+2027-01-15 12:00:00 UTC+abcd")


def name_that_is_no_text(world):
    """A name that is no UTF-8"""
    os.mkdir(os.fsencode(world.inbound) + b"/eve+02-x+\xff\xfe+abcd", 0o777)


def no_time_in_the_name(world):
    """A time that is none"""
    world.put("eve+02-x+9999-99-99 99:99:99 UTC+abcd")


def names_of_quizzes_that_climb(world):
    """A quiz whose name leads up to the folders of others"""
    world.put("eve+..+2027-01-15 12:00:00 UTC+abcd")
