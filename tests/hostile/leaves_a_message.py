"""Leaves the answers for the next submission in every place that might be shared."""

CELL = r"""
import ctypes, os
for place in ('/tmp', '/dev/shm', '/var/tmp', '/run', '/dev', '/dev/mqueue', os.path.expanduser('~'), '/run/course', '/tmp/ipython'):
    try:
        open(os.path.join(place, 'message-LEFT-HERE'), 'w').write('LEFT-HERE')
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
segment = libc.shmget(0x5EC2E7, 4096, 0o1666)
libc.shmat.restype = ctypes.c_void_p
address = libc.shmat(segment, None, 0)
if address not in (None, 2 ** 64 - 1):
    ctypes.memmove(address, b'LEFT-HERE', 9)
"""
