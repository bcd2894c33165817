"""What the container images for a cluster hold of the course.

`python -m kratomcourse.live.image_files COURSE TARGET` makes it from a checkout.
"""

import sys
from pathlib import Path

from .hub_directory import HubDirectory
from .server_settings import leader_nbgrader, write_leader_settings, write_person_settings


def make_image_files(course: Path, target: Path) -> None:
    """Fill `target` with library/ and chapters/, and settings/person and settings/leader."""
    from ..chapters.plain import build_plain_notebooks

    room = HubDirectory(target, course)
    room.chapters.mkdir(parents=True, exist_ok=True)
    build_plain_notebooks(room.chapters, course)
    room.make_library()
    write_person_settings(room.settings_of("person"), "/exchange", True)
    # As in a room, with the exchange on the volume that all pods share.
    nbgrader = leader_nbgrader(
        "/srv/course/quizzes/nbgrader_config.py", "/home/jovyan/course", "/room/exchange"
    )
    write_leader_settings(room.settings_of("leader"), nbgrader)


if __name__ == "__main__":
    make_image_files(Path(sys.argv[1]), Path(sys.argv[2]))
