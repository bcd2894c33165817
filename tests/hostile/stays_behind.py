"""Starts a process that outlives the notebook and would change marks later."""

CELL = r"""
import os, subprocess, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import time
        open('/tmp/i-stayed', 'w').write('here')
        for second in range(60):
            time.sleep(1)
            try:
                import sqlite3
                base = sqlite3.connect({root!r} + '/gradebook.db'); base.execute('update grade set auto_score = 99'); base.commit()
            except Exception:
                pass
    os._exit(0)
subprocess.Popen(['sleep', '97531'], start_new_session=True)
"""
