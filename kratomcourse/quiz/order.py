"""The order in which graded options are shown: a permutation keyed with a secret.

The page shuffles by the item's id, which anybody can repeat. A graded quiz that is handed out uses
the secret of the course instead (HMAC), so its order tells nothing about how the bank stores the
options, not even to someone who has this program.
"""

import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .bank import Bank, Item

AnItem = TypeVar("AnItem", bound="Item")

SECRET_FILE = ".course-secret"
LETTERED = ("choice", "choices", "order", "match")


def course_secret(root: Path) -> bytes:
    """Return the secret of the course in the folder `root`.

    It is made at the first call, readable by its owner alone.
    """
    path = root / SECRET_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
    return path.read_bytes().strip()


def known_secret(root: Path) -> bytes | None:
    """Return the secret of the course in the folder `root`, or None where none was made yet."""
    path = root / SECRET_FILE
    return path.read_bytes().strip() if path.is_file() else None


def order_key(secret: bytes, quiz: str) -> bytes:
    """Return the key of the order of options in one quiz. It follows from the secret alone."""
    return hmac.digest(secret, f"order of options|{quiz}".encode(), "sha256")


def permutation(key: bytes, item_id: str, count: int) -> tuple[int, ...]:
    """Return the numbers 0 to count - 1 in an order that nobody without the key can tell."""
    return tuple(
        sorted(
            range(count),
            key=lambda place: hmac.digest(key, f"{item_id}|{place}".encode(), "sha256"),
        )
    )


def reordered(item: AnItem, key: bytes) -> AnItem:
    """Return an item that is shown, marked and exported in the order that a key gives it."""
    if getattr(item, "kind", "") not in LETTERED:
        return item
    return item.with_order(permutation(key, item.id, item.count_shown))


def reordered_bank(bank: "Bank", key: bytes) -> "Bank":
    """Return a bank whose graded items have the order of a key; the others stay as they are."""
    items = [reordered(item, key) if item.is_graded else item for item in bank.items]
    return bank.model_copy(update={"items": items})
