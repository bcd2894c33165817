"""Names that students choose, checked once where they come in: ids, file names, text for the
report.
"""

import unicodedata

LONGEST_ID = 120  # bytes; nbgrader appends the quiz and a time to make a folder name


def id_problem(student: str) -> str:
    """Return why a text cannot be a student id, or an empty string."""
    if not student or student != student.strip():
        return "it is empty, or begins or ends with a blank"
    if any(unicodedata.category(letter) == "Cs" for letter in student):
        return "it is not valid UTF-8"
    # Control and format characters (bidi marks among them), private and unassigned ones, and every
    # separator but the blank: none of them is part of a name, and each can forge a line.
    if not student.isprintable():
        return "it contains control, format or unassigned characters"
    if "/" in student or "\\" in student or student.startswith((".", "-", "=", "+", "@")):
        return "it contains a slash, or begins with one of . - = + @"
    if len(student.encode()) > LONGEST_ID:
        return f"it is longer than {LONGEST_ID} bytes"
    return ""


def terminal_safe(text: str) -> str:
    """Return text of a student for one line of a report: no line ends, escapes, bidi or
    surrogates.
    """
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def replace_surrogates(text: str) -> str:
    """Return text without lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
