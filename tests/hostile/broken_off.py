"""Half a notebook, as after a bad upload."""

REFUSED = True


def change(notebook, classroom):
    import json

    return json.dumps(notebook)[:3000].encode()
