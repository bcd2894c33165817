"""Talks to what listens on the instructor's own machine; the test listens on a port."""

CELL = r"""
import socket
for port in [{port}, 8787, 8786, 8888, 22, 5432]:
    try:
        socket.create_connection(('127.0.0.1', port), timeout=1)
        print('CONNECTED', port)
    except OSError as error:
        print(error)
"""
