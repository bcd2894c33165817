"""Comes after the one that leaves a message, and looks for it everywhere."""

CELL = r"""
import ctypes, os, socket
for place in ('/tmp', '/dev/shm', '/var/tmp', '/run', '/dev', '/dev/mqueue', os.path.expanduser('~'), '/run/course', '/tmp/ipython'):
    for folder, _, files in os.walk(place):
        for name in files:
            if name.startswith('message-'):
                print('FOUND', name)
libc = ctypes.CDLL(None, use_errno=True)
if libc.shmget(0x5EC2E7, 4096, 0o666) >= 0:
    print('FOUND a segment')
"""
