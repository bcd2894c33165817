"""Looks for secrets in environments, command lines and memory of every process it can see."""

CELL = r"""
import glob, os
print(dict(os.environ))
for path in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline') + glob.glob('/proc/[0-9]*/maps'):
    try:
        print(path, open(path, errors='replace').read(3000))
    except OSError as error:
        print(path, error)
"""
