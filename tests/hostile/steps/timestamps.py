"""Times of submission. Each is what stands in timestamp.txt."""


def year_zero():
    """A time before all times"""
    return b"0001-01-01 00:00:00 UTC"


def year_of_the_far_future():
    """A year with nine digits"""
    return b"999999999-01-01 00:00:00 UTC"


def no_such_day():
    """A day that no month has, which passes a pattern and blinds the formgrader"""
    return b"2027-13-45 99:99:99 UTC"


def zone_is_a_file():
    """A zone whose name is a path"""
    return b"2027-01-15 12:00:00 ../../../../../etc/passwd"


def zone_is_a_device():
    """A zone whose name is a device that never ends"""
    return b"2027-01-15 12:00:00 /dev/zero"


def ten_megabytes():
    """Ten megabytes of digits"""
    return b"2" * (10 << 20)


def nothing_but_zeros():
    """Bytes of zero"""
    return bytes(100)


def offset_of_days():
    """An offset of more than a day"""
    return b"2027-01-15 12:00:00 +9999"


def words_for_today():
    """A word that a kind reader takes for the time at which it reads"""
    return b"today"


def digits_of_another_script():
    """Digits of another script, which a pattern may take for digits"""
    return "\u0662\u0660\u0662\u0667-01-15 12:00:00 UTC".encode()


def two_lines():
    """A second line, to be written into the summary"""
    return b"2027-01-15 12:00:00 UTC\n  late                        0"


def number_that_overflows():
    """A fraction of a second with a thousand digits"""
    return b"2027-01-15 12:00:00." + b"9" * 1000 + b" UTC"
