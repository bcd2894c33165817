"""Asks for a kernel of its own making, whose command would run as the instructor."""

def change(notebook, classroom):
    notebook["metadata"]["kernelspec"] = {"name": "../../evil", "display_name": "evil", "language": "bash", "argv": ["touch", "/tmp/evil-kernel"]}
    notebook["metadata"]["kernel_info"] = {"name": "bash"}
    return notebook
