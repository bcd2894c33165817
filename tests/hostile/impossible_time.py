"""A time of handing in that has the form of one and is none: nbgrader's pages fail on it for everyone."""

REFUSED = True


def place(folder, classroom):
    (folder / "timestamp.txt").write_text("2027-13-45 99:99:99 UTC")
