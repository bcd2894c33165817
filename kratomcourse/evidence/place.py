"""Where the evidence lies: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path


def evidence_dir() -> Path:
    """The folder with `facts.csv`, `references.bib` and `datapackage.json`."""
    here = Path(__file__).resolve()
    for folder in (here.parents[2] / "evidence", here.parent / "data"):
        if (folder / "datapackage.json").is_file():
            return folder
    raise FileNotFoundError("evidence/datapackage.json is neither beside the package nor inside it")
