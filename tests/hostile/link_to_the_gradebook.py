"""A file beside the notebook is a symbolic link to the gradebook; feedback would have carried it home."""

REFUSED = True


def place(folder, classroom):
    (folder / "data.csv").symlink_to(classroom.root / "gradebook.db")
