"""Makes a browser's Python ready for a chapter, and says plainly what is there and what is not."""

import importlib
import sys
from typing import Any

LIBRARIES = ("numpy", "pandas", "matplotlib")
WITHOUT = (
    "Without them, facts, questions and plain Python work; tables, figures and models do not.\n"
    "To try again, run this cell again when there is a connection."
)


class Absent:
    """Says in one sentence why a library cannot be imported. Asked before all others."""

    def __init__(self, names: Any) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None, /) -> None:
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(
                f"{name.partition('.')[0]} is not here: it comes from another host, which "
                "could not be reached. Run the first cell again when there is a connection.",
                name=name,
            )
        return None


async def prepare() -> None:
    """Load the libraries for numbers from Pyodide's CDN; tell what came."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Absent)]
    missing = [name for name in LIBRARIES if not comes(name)]
    if missing:
        print(
            f"Asking Pyodide's CDN (cdn.jsdelivr.net) for {', '.join(missing)}; it takes a "
            "minute the first time."
        )
        await load(missing)
        importlib.invalidate_caches()
        missing = [name for name in LIBRARIES if not comes(name)]
    if missing:
        sys.meta_path.insert(0, Absent(missing))
        print(f"Not loaded: {', '.join(missing)}. {WITHOUT}")
    else:
        print("All is there. Go on with the next cell.")


def comes(name: str) -> bool:
    """Whether a library is there with all that it needs itself."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


async def load(names: Any) -> None:
    import pyodide_js  # type: ignore[import-not-found]
    from pyodide.ffi import to_js  # type: ignore[import-not-found]

    try:
        await pyodide_js.loadPackage(to_js(names))
    except Exception:  # whatever the network did, what came is looked at afterwards
        pass
