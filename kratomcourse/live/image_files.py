"""What the images for a cluster hold of the course: made from a checkout by `python -m kratomcourse.live.image_files COURSE TARGET`."""

import sys

from .hub_directory import (
    LEADER_NBGRADER,
    LEADER_SERVER,
    PERSON_SERVER,
    HubDirectory,
    copy_lab_extensions,
    write_settings,
)


def make_image_files(course, target):
    """Fill `target` with library/ and chapters/ for people, and settings/person and settings/leader for the servers."""
    room = HubDirectory(target, course)
    room.settings = {"sandbox": True}
    room.chapters.mkdir(parents=True, exist_ok=True)
    from ..chapters.plain import build_plain_notebooks

    build_plain_notebooks(room.chapters, course)
    room.make_library()
    write_settings(room.settings_of("person"), PERSON_SERVER, "/exchange", True)
    leader = room.settings_of("leader")
    leader.mkdir(parents=True, exist_ok=True)
    (leader / "jupyter_server_config.py").write_text(LEADER_SERVER)
    copy_lab_extensions(leader)
    # As in a room, with the exchange on the volume that all pods share.
    (leader / "nbgrader_config.py").write_text(
        LEADER_NBGRADER.format(
            settings="/srv/course/quizzes/nbgrader_config.py",
            course="/home/jovyan/course",
            exchange="/room/exchange",
        )
    )


if __name__ == "__main__":
    make_image_files(*sys.argv[1:3])
