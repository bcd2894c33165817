"""Attacks on unpacking. Each returns {name of a file in the downloads: content}; ada's honest zip is there too."""

import io
import struct
import warnings
import zipfile


def packed(*entries, compression=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w", compression) as file:
        warnings.simplefilter("ignore")
        for name, content in entries:
            file.writestr(name, content)
    return data.getvalue()


def entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def climbs_out(world):
    """Names that lead out of the student's folder to the gradebook"""
    return {"eve.zip": packed(("../../gradebook.db", b"x"), (f"{world.quiz}.ipynb", b"{}"))}


def absolute_name(world):
    """The full path of a file of the system"""
    return {"eve.zip": packed(("/tmp/evil", b"x"))}


def drive_letter(world):
    """A path of another system, with drive and backslashes"""
    return {"eve.zip": packed(("C:\\Users\\evil", b"x"), ("..\\..\\gradebook.db", b"x"))}


def link_entry(world):
    """An entry that unpacks to a link"""
    return {"eve.zip": packed((entry(f"{world.quiz}.ipynb", 0o120777), b"/etc/passwd"))}


def device_entry(world):
    """An entry that says it is a device"""
    return {"eve.zip": packed((entry(f"{world.quiz}.ipynb", 0o020666), b""))}


def name_twice(world):
    """One name twice, so that the reader and the checker each see another file"""
    name = f"{world.quiz}.ipynb"
    return {"eve.zip": packed((name, world.notebook), (name, b"{}"))}


def names_alike(world):
    """Names that a file system may take for one: letters composed and decomposed, large and small"""
    name = f"{world.quiz}.ipynb"
    return {"eve.zip": packed((name, world.notebook), ("\u00e1.txt", b"1"), ("a\u0301.txt", b"2"))}


def bomb(world):
    """Two gigabytes of zeros in two megabytes"""
    return {"eve.zip": packed(*((f"{number}.txt", bytes(40 << 20)) for number in range(5)))}


def bomb_in_a_bomb(world):
    """A zip in a zip in a zip, each a hundred times as large as it looks"""
    inner = packed(("a", bytes(30 << 20)))
    for _ in range(3):
        inner = packed(*((f"{number}.zip", inner) for number in range(20)))
    return {"eve.zip": inner}


def sizes_that_lie(world):
    """A directory of the archive that calls a large file small"""
    data = bytearray(packed((f"{world.quiz}.ipynb", bytes(60 << 20))))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return {"eve.zip": bytes(data)}


def overlapping_entries(world):
    """A directory whose entries all point at the same large content"""
    data = packed(("a.txt", bytes(20 << 20)))
    at, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    record = data[at:end]
    many = b"".join(record.replace(b"a.txt", b"%05d" % number) for number in range(150))
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", 150, 150)
    tail[12:16] = struct.pack("<I", len(many))
    return {"eve.zip": data[:at] + many + bytes(tail)}


def many_entries(world):
    """Ten thousand empty files"""
    return {"eve.zip": packed(*((f"{number}", b"") for number in range(10_000)), compression=zipfile.ZIP_STORED)}


def encrypted(world):
    """Content that nobody can read without a password, in the notebook's place"""
    data = bytearray(packed((f"{world.quiz}.ipynb", world.notebook)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + place
        data[at] |= 1
    return {"eve.zip": bytes(data)}


def name_with_a_line_end(world):
    """An entry whose name is a line of the summary"""
    return {"eve.zip": packed(("a\neve: collected", b"x"), (f"{world.quiz}.ipynb", b"{}"))}


def name_of_two_thousand_letters(world):
    """An entry whose name is longer than a file system takes"""
    return {"eve.zip": packed(("x" * 2000, b"x"), (f"{world.quiz}.ipynb", world.notebook))}


def says_it_is_a_classmate(world):
    """Folders inside that carry a classmate's name, in the forms of nbgrader, Moodle and Canvas"""
    inside = (f"extracted/ada/{world.quiz}.ipynb", f"Ada L_1_assignsubmission_file_/{world.quiz}.ipynb", "ada_1_2_x.ipynb")
    return {"eve.zip": packed(*((name, b"{}") for name in inside))}


def no_zip_at_all(world):
    """A web page, saved under the name of a zip"""
    return {"eve.zip": b"<!doctype html><script>alert(1)</script>"}


def cut_off(world):
    """Half an archive"""
    data = packed((f"{world.quiz}.ipynb", world.notebook))
    return {"eve.zip": data[: len(data) // 2]}


def trailing_archive(world):
    """Two archives in one file; which of them counts depends on who reads it"""
    good, bad = packed((f"{world.quiz}.ipynb", world.notebook)), packed(("../evil", b"x"))
    return {"eve.zip": good + bad}
