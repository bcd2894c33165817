"""The JSON Schema of a bank file, so that an editor completes and checks it while it is written."""

import json
from pathlib import Path

from .bank import Bank


def write_schema(path: Path) -> Path:
    """Write the JSON schema of a bank's file; returns its path."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Bank.model_json_schema()}
    path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
