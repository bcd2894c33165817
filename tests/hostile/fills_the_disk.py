"""Many files until nothing fits on the disk any more, in every folder that lets it."""

CELL = r"""
import os
for place in ('.', '/tmp', '/dev/shm', '/var/tmp', '/run', '/'):
    try:
        for number in range(60):
            with open(os.path.join(place, f'filler-{number}'), 'wb') as file:
                file.write(b'x' * (4 << 20))
    except OSError:
        pass
"""
