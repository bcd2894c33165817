"""What the images for a cluster hold of the course: made from a checkout by `python -m kratomcourse.live.image COURSE TARGET`."""

import sys

from .rooms import (
    LEADER_NBGRADER,
    LEADER_SERVER,
    PERSON_SERVER,
    Room,
    lay_extensions,
    write_settings,
)


def make_image(course, target):
    """Fill `target` with library/ and chapters/ for people, and settings/person and settings/leader for the servers."""
    room = Room(target, course)
    room.settings = {"walls": True}
    room.chapters.mkdir(parents=True, exist_ok=True)
    from ..chapters.plain import build_plain_notebooks

    build_plain_notebooks(room.chapters, course)
    room.make_library()
    write_settings(room.settings_of("person"), PERSON_SERVER, "/exchange", True)
    leader = room.settings_of("leader")
    leader.mkdir(parents=True, exist_ok=True)
    (leader / "jupyter_server_config.py").write_text(LEADER_SERVER)
    lay_extensions(leader)
    # As in a room, with the exchange on the volume that all pods share.
    (leader / "nbgrader_config.py").write_text(
        LEADER_NBGRADER.format(
            settings="/srv/course/quizzes/nbgrader_config.py",
            course="/home/jovyan/course",
            exchange="/room/exchange",
        )
    )


if __name__ == "__main__":
    make_image(*sys.argv[1:3])
