"""Memory that no process is said to have: memfd, System V segments and semaphores, buffers of sockets and pipes."""

CELL = r"""
import ctypes, os, socket, time
libc = ctypes.CDLL(None, use_errno=True)
try:
    handle = os.memfd_create('x')
    print('RAISED memfd')
    for number in range(40):
        os.write(handle, b'x' * (1 << 20))
except OSError as error:
    print(error)
print('segments', [libc.shmget(0, 10 << 20, 0o1600) for number in range(3)], 'semaphores', [libc.semget(0, 1000, 0o1600) for number in range(3)], 'queues', libc.msgget(0, 0o1600))
pairs = []
for number in range(8):
    try:
        if os.fork() == 0:
            try:
                for again in range(300 if os.path.exists('/run/course') else 20):  # few where no walls are
                    left, right = socket.socketpair()
                    pairs.append((left, right))
                    for end in (left, right):
                        try:
                            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
                            print('RAISED buffer')
                        except OSError:
                            pass
                        end.setblocking(False)
                        try:
                            while True:
                                end.send(b'x' * 65536)
                        except OSError:
                            pass
            except OSError:
                pass
            time.sleep(20)
            os._exit(0)
    except OSError:
        break
time.sleep(3)
"""
