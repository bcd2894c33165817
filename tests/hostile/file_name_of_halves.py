"""A file beside the notebook whose name is no UTF-8."""

import os

REFUSED = True


def place(folder, classroom):
    with open(os.fsencode(folder) + b"/data-\xff\xfe.csv", "w") as file:
        file.write("a,b")
