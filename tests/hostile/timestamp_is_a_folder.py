"""A folder where the time of handing in should be, so that whoever reads it stumbles, in this run and in every later one."""

REFUSED = True


def place(folder, classroom):
    (folder / "timestamp.txt").unlink()
    (folder / "timestamp.txt").mkdir()
    (folder / "timestamp.txt" / "later").write_text("2099-01-01 00:00:00 UTC")
