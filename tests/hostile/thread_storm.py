"""Thousands of threads that never end."""

CELL = r"""
import threading, time
for number in range(3000):
    try:
        threading.Thread(target=time.sleep, args=(90,), daemon=True).start()
    except (RuntimeError, MemoryError):
        break
"""
