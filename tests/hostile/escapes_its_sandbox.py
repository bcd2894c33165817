"""Asks the kernel for new namespaces, mounts, another root, tracing, and the user it was."""

CELL = r"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print('unshare user', libc.unshare(0x10000000))
print('unshare mounts', libc.unshare(0x00020000))
print('mount', libc.mount(b'proc', b'/proc', b'proc', 0, None), libc.umount2(b'/tmp', 2), libc.umount2(b'/proc', 2))
print('chroot', libc.chroot(b'/'))
print('ptrace', libc.ptrace(16, 1, 0, 0))
print('keys', libc.syscall(250, 0, 0, 0, 0), 'bpf', libc.syscall(321, 0, 0, 0), 'io_uring', libc.syscall(425, 1, 0))
for change in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: open('/proc/sys/kernel/hostname', 'w').write('x'), lambda: open('/sys/kernel/x', 'w'), lambda: os.mknod('/tmp/disk', 0o60666, os.makedev(8, 0)) or open('/tmp/disk', 'rb').read(1)):
    try:
        before = os.geteuid()
        change()
        if os.geteuid() != before:
            print('ESCAPED')
    except OSError as error:
        print(error)
for pid in os.listdir('/proc'):
    if pid.isdigit() and int(pid) != os.getpid():
        print('ESCAPED sees', pid)
for handle in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd') else []:
    try:
        print(handle, os.readlink('/proc/self/fd/' + handle))
    except OSError:
        pass
"""
