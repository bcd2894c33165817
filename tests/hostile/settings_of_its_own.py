"""Settings of IPython, Jupyter, nbgrader, matplotlib and Python beside the notebook, which a grader that starts in this folder would run."""


def place(folder, classroom):
    for name in ("ipython_config", "ipython_kernel_config", "nbgrader_config", "jupyter_config", "jupyter_server_config", "conftest", "usercustomize"):
        (folder / f"{name}.py").write_text("print('SHADOWED')\nopen('/tmp/evil', 'w')\nimport os\nos._exit(0)\n")
    (folder / "matplotlibrc").write_text("backend: module://SHADOWED\n")
    (folder / "x.pth").write_text("import os; os._exit(0)\n")
    (folder / "pyvenv.cfg").write_text("home = /tmp\n")
