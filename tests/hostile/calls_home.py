"""Network: sends what it finds to a server, asks the name service, and tries the cloud's metadata address."""

CELL = r"""
import socket
for address in (('93.184.216.34', 80), ('169.254.169.254', 80), ('8.8.8.8', 53)):
    try:
        socket.create_connection(address, timeout=1)
        print('CONNECTED', address)
    except OSError as error:
        print(error)
try:
    print('CONNECTED', socket.gethostbyname('example.org'))
except OSError as error:
    print(error)
"""
