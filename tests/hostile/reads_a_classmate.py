"""Reads a classmate's submission and copies the answers."""

CELL = r"""
text = open({root!r} + '/submitted/ada/99-sample/99-sample.ipynb').read()
print(text)
import json
for cell in json.loads(text)['cells']:
    if cell['metadata'].get('nbgrader', {}).get('solution'):
        exec(''.join(cell['source']))
"""
