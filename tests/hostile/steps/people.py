"""Names in the class list, which report and exports write. Each is {field: value} of a student."""


def formula():
    """A formula that a spreadsheet runs"""
    return {"first_name": '=HYPERLINK("http://evil","x")', "last_name": "+1+1"}


def formula_behind_a_blank():
    """A formula behind blanks and a tab, which a spreadsheet takes off"""
    return {"first_name": " \t=1+1", "last_name": "\r@SUM(A1)"}


def comma_and_quote():
    """A comma, quotes and a line end, which move every number of a row"""
    return {"first_name": 'Ann, "B"', "last_name": "O'Brien, Jr.\nzoe,17"}


def markup():
    """A script in the name"""
    return {"first_name": "<script>alert(1)</script>", "last_name": "<b onclick=x>"}


def wrong_address():
    """A formula as address and as number in the LMS"""
    return {"email": "=cmd|'/c calc'!A1", "lms_user_id": "-1+2"}


def turned_round():
    """Bidi marks and a command to the terminal"""
    return {"first_name": "\u202eada", "last_name": "\x1b[2J"}


def very_long():
    """A name of a hundred thousand letters"""
    return {"first_name": "x" * 100_000}


def zero_byte():
    """A byte of zero, at which some readers stop"""
    return {"first_name": "a\x00b", "last_name": "c"}
