"""Cell ids exchanged and metadata taken away, so that answers are found by the wrong id."""


def change(notebook, classroom):
    names = [cell.get("id") for cell in notebook["cells"]]
    for cell, name in zip(notebook["cells"], names[::-1]):
        cell["metadata"], cell["id"] = {}, name
    return notebook
