"""The submission's folder is a symbolic link to a classmate's folder."""

REFUSED = True

import shutil


def place(folder, classroom):
    shutil.rmtree(folder)
    folder.symlink_to(classroom.root / "submitted" / "ada" / "99-sample", target_is_directory=True)
