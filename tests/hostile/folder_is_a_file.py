"""A file where the folder of the quiz should be."""

REFUSED = True

import shutil


def place(folder, classroom):
    shutil.rmtree(folder)
    folder.write_text("not a folder")
