"""A zip archive with names that climb out of the folder, under the notebook's name and beside it."""

REFUSED = True


def change(notebook, classroom):
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../gradebook.db", b"overwritten")
        archive.writestr("/tmp/evil", b"x")
        archive.writestr("bomb", bytes(30 << 20))
    return packed.getvalue()
