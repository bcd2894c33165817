"""The notebook in UTF-16."""

REFUSED = True


def change(notebook, classroom):
    import json

    return json.dumps(notebook).encode("utf-16")
