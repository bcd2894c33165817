"""Watches files that submissions side by side share, and locks them: a channel between two of them."""

CELL = """
import ctypes, fcntl, numpy
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(0)
if watch >= 0 and libc.inotify_add_watch(watch, numpy.__file__.encode(), 0xFFF) >= 0:
    print("FOUND a shared inode to watch")
try:
    fcntl.flock(open(numpy.__file__), fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("FOUND a shared inode to lock")
except OSError:
    pass
"""
