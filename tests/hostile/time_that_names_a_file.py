"""A time of handing in whose zone is the name of a device: nbgrader's reader would open it and wait for ever."""

REFUSED = True


def place(folder, classroom):
    (folder / "timestamp.txt").write_text("2027-01-15 12:00:00 /dev/stdin")
