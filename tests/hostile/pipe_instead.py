"""A named pipe with the notebook's name, at which a reader waits for ever."""

REFUSED = True

import os


def place(folder, classroom):
    (folder / "99-sample.ipynb").unlink()
    os.mkfifo(folder / "99-sample.ipynb")
