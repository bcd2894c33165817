"""The notebook is a second name (hard link) of a classmate's file."""

REFUSED = True


def place(folder, classroom):
    path = folder / "99-sample.ipynb"
    path.unlink()
    path.hardlink_to(classroom.root / "source" / "99-sample" / "99-sample.ipynb")
