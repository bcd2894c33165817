"""Images of items: data URIs in the bank's HTML, separate files in an export package."""

import base64
import hashlib
import re

DATA_URI = re.compile(r"data:image/(png|jpeg|gif|webp);base64,(.*)", re.DOTALL)


def extract_image(source: str, images: dict[str, bytes], folder: str = "") -> str:
    """Move an image from a data URI into a package and return its address there.

    source  : address in the HTML; anything that is not a data URI is returned unchanged
    images  : {address in the package: bytes}; the image is added to it
    folder  : prefix of the address, such as "images/"
    """
    found = DATA_URI.fullmatch(source)
    if not found:
        return source
    data = base64.b64decode(found[2])
    name = f"{folder}{hashlib.sha256(data).hexdigest()[:16]}.{found[1]}"
    images[name] = data
    return name


def replace_images(html: str, images: dict[str, bytes], prefix: str = "", folder: str = "") -> str:
    """Return HTML whose images point at package files, each address with the system's prefix."""
    return re.sub(
        r'(?<=src=")data:[^"]*',
        lambda match: prefix + extract_image(match[0], images, folder),
        html,
    )
