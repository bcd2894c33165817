"""Make a browser's Python ready for a part, and say plainly what is there and what is missing."""

import contextlib
import importlib
import sys
from typing import Any

LIBRARIES = ("numpy", "pandas", "matplotlib")
WITHOUT = (
    "Without them, facts, questions and plain Python work; tables, figures and models do not.\n"
    "To try again, run this cell again when there is a connection."
)


class Absent:
    """Says in one sentence why a library cannot be imported. Asked before all other finders."""

    def __init__(self, names: list[str], host: str) -> None:
        self.names, self.host = names, host

    def find_spec(self, name: str, path: Any = None, target: Any = None, /) -> None:
        """Raise `ModuleNotFoundError` with its reason for a package that was not fetched."""
        if name.partition(".")[0] in self.names:
            whence = "another host" if self.host else "this site"
            raise ModuleNotFoundError(
                f"{name.partition('.')[0]} is not here: it comes from {whence}, which could not be "
                "reached. Run the first cell again when there is a connection.",
                name=name,
            )
        return


async def prepare(host: str = "") -> None:
    """Load the libraries for numbers, and say which are there.

    host : the CDN that has them; empty where the course's own site has them
    """
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Absent)]
    missing = [name for name in LIBRARIES if not comes(name)]
    if missing:
        whence = f"Asking Pyodide's CDN ({host}) for" if host else "Loading"
        print(f"{whence} {', '.join(missing)}; it takes a minute the first time.")
        await load(missing)
        importlib.invalidate_caches()
        missing = [name for name in LIBRARIES if not comes(name)]
    if missing:
        sys.meta_path.insert(0, Absent(missing, host))
        print(f"Not loaded: {', '.join(missing)}. {WITHOUT}")
    else:
        print("Everything is here. Go on with the next cell.")


def comes(name: str) -> bool:
    """Whether a library is there with all that it needs itself."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


async def load(names: list[str]) -> None:
    """Ask Pyodide for packages; what has come is looked at afterwards, whatever it reports."""
    import pyodide_js  # type: ignore[import-not-found]
    from pyodide.ffi import to_js  # type: ignore[import-not-found]

    with contextlib.suppress(Exception):  # what came, whatever the network did, is checked later
        await pyodide_js.loadPackage(to_js(names))
