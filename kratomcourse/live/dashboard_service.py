"""Starts the page of the room: listens first and imports afterwards, so that the hub sees it at once on a slow machine too."""

import os
import socket
from urllib.parse import urlparse


def main():
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
