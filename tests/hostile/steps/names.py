"""Ids that students, or whoever makes accounts, choose. Each is the name of a folder in submitted/."""


def option():
    """An id that a command would take for an option"""
    return b"-rf"


def formula():
    """A formula of a spreadsheet"""
    return b'=HYPERLINK("http:evil","x")'


def at_sign():
    """Another beginning of a formula"""
    return b"@SUM(A1)"


def line_end():
    """A line end and a line of the summary"""
    return b"x\n  graded                     99"


def escape():
    """A command that clears the terminal"""
    return b"\x1b[2J\x1b[1;1Hada"


def bidi():
    """Marks that turn the rest of a line round"""
    return "eve\u202e\u2066ada".encode()


def invisible():
    """A classmate's id with a letter that nobody sees"""
    return "ada\u200b".encode()


def no_text():
    """Bytes that are no UTF-8"""
    return b"eve\xff\xc0\xaf"


def too_long():
    """An id that leaves no room for quiz and time in the name of a folder"""
    return b"e" * 200


def blank_at_the_end():
    """A classmate's id with a blank behind it"""
    return b"ada "


def not_assigned():
    """A letter that Unicode has not assigned, which later versions may give a meaning"""
    return "eve\u0378".encode()


def markup():
    """Markup, for whoever writes the id into a page"""
    return b"<img src=x onerror=alert(1)>"


def template():
    """A place of a format string and of a template"""
    return b"{self.layout}{{7*7}}%s"
