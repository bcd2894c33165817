"""The notebook is a symbolic link to a classmate's."""

REFUSED = True


def place(folder, classroom):
    path = folder / "99-sample.ipynb"
    path.unlink()
    path.symlink_to("../../ada/99-sample/99-sample.ipynb")
