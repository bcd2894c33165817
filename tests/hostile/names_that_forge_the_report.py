"""A file whose name holds line ends, commands to the terminal and half characters, to write its own line into the report."""

REFUSED = True

import os


def place(folder, classroom):
    os.symlink("/etc/passwd", os.fsencode(folder) + b"/x\n  blocked            0\x1b[2J\xff\xe2\x80\xae")
