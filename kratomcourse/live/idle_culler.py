"""Stop idle servers for as long as the hub lives: jupyterhub-idle-culler, tied to its parent.

The hub starts it as a service. Killed with SIGKILL, the hub cannot end its services, so this one
looks for itself.
"""

import os
import threading
import time

from jupyterhub_idle_culler import main as cull


def exit_with_parent(parent: int, every: float = 1.0) -> None:
    """End this process as soon as its parent is another one."""
    while os.getppid() == parent:
        time.sleep(every)
    os._exit(0)


def main() -> None:
    """Run the culler with the arguments of the command line until the hub is gone."""
    watch = threading.Thread(target=exit_with_parent, args=(os.getppid(),), daemon=True)
    watch.start()
    cull()


if __name__ == "__main__":
    main()
