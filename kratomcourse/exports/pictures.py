"""Pictures of items: in the bank's HTML they are data, in a package they are files of their own."""

import base64
import hashlib
import re

DATA = re.compile(r"data:image/(png|jpeg|gif|webp);base64,(.*)", re.DOTALL)


def taken_out(source, pictures, folder=""):
    """The address of a picture in a package.

    source   : address as it stands in the HTML; one that is no data stays as it is
    pictures : {address in the package: bytes}; the picture is put into it
    folder   : prefix of the address, such as "images/"
    """
    found = DATA.fullmatch(source)
    if not found:
        return source
    data = base64.b64decode(found[2])
    name = f"{folder}{hashlib.sha256(data).hexdigest()[:16]}.{found[1]}"
    pictures[name] = data
    return name


def with_files(html, pictures, prefix="", folder=""):
    """HTML whose pictures are addresses of files, with a prefix that the system asks for; see `taken_out`."""
    return re.sub(
        r'(?<=src=")data:[^"]*', lambda match: prefix + taken_out(match[0], pictures, folder), html
    )
