"""Start the dashboard: listen first and import afterwards, so that a slow machine is no problem.

The hub waits only some seconds for a service to listen.
"""

import os
import socket
from urllib.parse import urlparse


def main() -> None:
    """Serve the dashboard at the address that the hub gives."""
    url = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    line.bind((url.hostname, url.port))
    line.listen(128)
    line.setblocking(False)
    from .dashboard import serve

    serve(line)


if __name__ == "__main__":
    main()
