"""Fork storm: each process starts two more."""

CELL = r"""
import os, time
end = time.time() + 90
started = 0
while started < 400 and time.time() < end:
    try:
        if os.fork() == 0:
            while time.time() < end:
                try:
                    if os.getpid() % 3:
                        os.fork()
                except OSError:
                    pass
                time.sleep(0.2)
            os._exit(0)
        started += 1
    except OSError:
        time.sleep(0.05)
        started += 40
"""
