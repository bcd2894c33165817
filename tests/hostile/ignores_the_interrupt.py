"""Loop that swallows the interrupt and every exception."""

EXPECT = "did not stop when asked"

CELL = r"""
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
import time
end = time.time() + 90  # an end of its own, should the walls fail
while time.time() < end:
    try:
        time.sleep(0.01)
    except BaseException:
        pass
"""
