"""Raises its limits and asks for a higher priority."""

CELL = r"""
import os, resource
for name in dir(resource):
    if name.startswith('RLIMIT'):
        try:
            resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            if name in ('RLIMIT_AS', 'RLIMIT_NPROC', 'RLIMIT_FSIZE'):
                print('RAISED', name)
        except (ValueError, OSError) as error:
            pass
try:
    os.nice(-10)
    print('RAISED nice')
except OSError as error:
    print(error)
"""
