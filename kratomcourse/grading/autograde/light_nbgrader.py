"""Imports nbgrader's gradebook without its server extensions, which take seconds to import.

`import nbgrader.api` first runs the package's own `__init__`, and that imports all extensions of
the notebook server. A command that only stores scores needs none of them. The package that takes
its place finds every submodule, and runs the real `__init__` when something asks for more.
"""

import importlib.util
import sys
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

NAME = "nbgrader"


class LightPackage(ModuleType):
    """nbgrader before its `__init__` has run."""

    def __getattr__(self, name: str) -> Any:
        """Run the real `__init__` for an attribute that is no submodule."""
        if name.startswith("__") or importlib.util.find_spec(f"{NAME}.{name}") is not None:
            raise AttributeError(name)  # Python imports a submodule after this
        self.__class__ = ModuleType  # type: ignore[assignment]  # from here on an ordinary module
        if self.__spec__ is not None and self.__spec__.loader is not None:
            self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def use_light_nbgrader() -> None:
    """Put the light package in place, unless nbgrader is imported already or not installed."""
    if NAME in sys.modules:
        return
    spec = PathFinder.find_spec(NAME)
    if spec is None or spec.submodule_search_locations is None:
        return
    package = LightPackage(NAME)
    package.__spec__, package.__loader__ = spec, spec.loader
    package.__path__ = list(spec.submodule_search_locations)
    package.__file__ = spec.origin
    package.__package__ = NAME
    sys.modules[NAME] = package
