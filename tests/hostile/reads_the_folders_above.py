"""Reads everything it finds from its folder up to the root."""

CELL = r"""
import os
found = 0
for top in ('..', '/work', '/home', '/root', '/srv', '/mnt', '/opt', '/var', {root!r}):
    for folder, _, files in os.walk(top):
        for name in files:
            if name.endswith(('.ipynb', '.db', '.yml', '.txt', '.csv')) and 'site-packages' not in folder and found < 200:
                try:
                    print(open(os.path.join(folder, name), errors='replace').read(2000))
                    found += 1
                except OSError:
                    pass
"""
