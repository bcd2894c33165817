"""Files in place of the instructor's folders, and folders in place of the instructor's files."""


def place(folder, classroom):
    (folder / "data").write_text("a file")
    (folder / "table.csv").mkdir()
    (folder / "table.csv" / "inside").write_text("a folder")
