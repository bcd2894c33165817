"""Who may log in: account names, hashed passwords, the invitation, and a pause after wrong guesses.

Reads and writes files only; `authenticator` calls it from within the hub.
"""

import contextlib
import errno
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ..errors import CourseError, Diagnostic, shown_path

LEADER = "leader"
RESERVED = {
    LEADER,
    "root",
    "admin",
    "hub",
    "user",
    "services",
    "jovyan",
    "nobody",
    "course",
    "room",
}
MAX_ACCOUNT_NAME = 24
MAX_SHOWN_NAME = 60
MIN_PASSWORD = 6
MAX_PASSWORD = 200
# Uids that people's programs run as; above every range that Linux systems assign themselves.
FIRST_UID = 1_900_000_001
# Latin letters that Unicode does not decompose.
LATIN = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
    }
)
UNAMBIGUOUS = "bcdfghjkmnpqrstvwxz"
Records = dict[str, dict[str, Any]]


class LoginRefused(Exception):
    """Why someone cannot log in, in words for that person."""


def shown_name(name: str) -> str:
    """Return a name as others see it: the person's own script, without control characters."""
    plain = unicodedata.normalize("NFKC", name)
    plain = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "C")
    return " ".join(plain.split())[:MAX_SHOWN_NAME]


def account_name(name: str) -> str:
    """Return the account of a name in any script: a to z, digits and single hyphens, 24 at most.

    Accents are dropped (Änna is anna). A name that loses more than its accents ends with six
    digits of its hash, so the same name always gives the same account and two names differ.

    raises : LoginRefused if the name has no letter, digit or symbol
    """
    shown = shown_name(name)
    if not any(unicodedata.category(letter) in VISIBLE for letter in shown):
        raise LoginRefused("A name needs at least one letter, digit or emoji. Please choose one.")
    folded = unicodedata.normalize("NFKD", shown.casefold().translate(LATIN))
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    plain = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    lost = any(unicodedata.category(letter) in VISIBLE and letter > "\x7f" for letter in folded)
    if lost or len(plain) > MAX_ACCOUNT_NAME:
        digest = hashlib.sha256(folded.encode()).hexdigest()[:6]
        begin = plain[: MAX_ACCOUNT_NAME - 7].strip("-") or "guest"
        plain = f"{begin}-{digest}"
    return plain if plain[0].isalpha() else f"p-{plain}"[:MAX_ACCOUNT_NAME]


VISIBLE = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "So"}


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Return salt and scrypt hash of a password as hexadecimal text."""
    salt = salt or secrets.token_bytes(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
    return f"{salt.hex()}:{key.hex()}"


def password_matches(password: str, stored: str) -> bool:
    """Return whether a password gives the stored hash; takes the same time either way."""
    salt, _, _ = stored.partition(":")
    return hmac.compare_digest(hash_password(password, bytes.fromhex(salt)), stored)


def new_invitation() -> str:
    """Return six letters that no one misreads from a projector."""
    return "".join(secrets.choice(UNAMBIGUOUS) for _ in range(6))


def new_password() -> str:
    """Return twelve letters and digits in groups of four, which begins with a letter."""
    letters = UNAMBIGUOUS + "23456789"
    text = secrets.choice(UNAMBIGUOUS) + "".join(secrets.choice(letters) for _ in range(11))
    return "-".join(text[start : start + 4] for start in (0, 4, 8))


class Users:
    """The users of a room, in one file that only the room's own account can read.

    path    : people.json
    allowed : names that may log in; anyone if None
    code    : invitation that a new user has to know; none if empty
    """

    def __init__(self, path: Path, allowed: Iterable[str] | None = None, code: str = "") -> None:
        self.path, self.code = path, code
        self.allowed = None if allowed is None else {account_name(name) for name in allowed}
        self.throttle = LoginThrottle()

    def load(self) -> Records:
        """Return account name -> {account (uid), password, shown, joined}."""
        try:
            found: Records = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def account(self, name: str) -> int:
        """Return the uid of a user; the leader has that of the room itself."""
        return os.geteuid() if name == LEADER else int(self.load()[name]["account"])

    def shown(self) -> dict[str, str]:
        """Return account name -> the name as the person wrote it."""
        return {name: str(record.get("shown") or name) for name, record in self.load().items()}

    def set_leader(self, password: str) -> None:
        """Set the leader's password."""
        with self.edit() as known:
            known[LEADER] = {"password": hash_password(password)}

    def log_in(self, name: str, password: str, code: str = "", address: str = "") -> str:
        """Return the account name of someone who may log in; the first login sets the password.

        address : network address of the browser, for the pause after wrong guesses
        raises  : LoginRefused
        """
        if len(password) > MAX_PASSWORD or len(name) > 1000:
            raise LoginRefused("That is too long. Please take a shorter name and password.")
        account = account_name(name)
        self.throttle.check(f"name {account}")
        known = self.load()
        if account in known:
            if password_matches(password, known[account]["password"]):
                return account
            self.throttle.record(f"name {account}")
            raise LoginRefused(wrong_password(account, known))
        self.require_welcome(account, code, address)
        if len(password) < MIN_PASSWORD:
            raise LoginRefused(
                f"Please choose a password of at least {MIN_PASSWORD} characters, "
                "one that you use nowhere else."
            )
        self.add(account, shown_name(name), password)
        return account

    def require_welcome(self, account: str, code: str, address: str) -> None:
        """Raise LoginRefused unless a new user may join."""
        if account in RESERVED:
            raise LoginRefused(
                f"The name '{account}' is reserved for the room itself. Please choose another one."
            )
        if self.allowed is not None and account not in self.allowed:
            raise LoginRefused(
                f"'{account}' is not on the list of this room. Ask the leader which name is yours."
            )
        if self.code:
            self.throttle.check(f"address {address}")
            if not hmac.compare_digest(code.strip().lower().encode(), self.code.encode()):
                self.throttle.record(f"address {address}")
                raise LoginRefused(
                    "That is not this room's invitation. It is projected below the address."
                )

    def add(self, account: str, shown: str, password: str) -> None:
        """Add a user; LoginRefused if someone took the name at the same moment."""
        with self.edit() as known:
            if account in known:
                raise LoginRefused(
                    f"Someone has just taken the name '{account}'. "
                    f"Please choose another one, such as {available_name(account, known)}."
                )
            taken = [user["account"] for user in known.values() if "account" in user]
            known[account] = {
                "account": max(taken, default=FIRST_UID - 1) + 1,
                "password": hash_password(password),
                "shown": shown,
                "joined": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            }

    def set_password(self, name: str, password: str) -> None:
        """Give a user a new password; their work stays. LoginRefused for an unknown name."""
        with self.edit() as known:
            account = name if name in known else account_name(name)
            if account not in known or account == LEADER:
                raise LoginRefused(f"No one here is called '{name}'.")
            known[account]["password"] = hash_password(password)

    @contextlib.contextmanager
    def edit(self) -> Iterator[Records]:
        """Yield the records to change; they are written completely or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        beside = self.path.with_suffix(".tmp")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.load()
            yield known
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(known, file, indent=1)
                file.flush()
                os.fsync(handle)
            beside.replace(self.path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise LoginRefused(
                    "The room's disk is full, so no one new can join. "
                    "Please tell the leader. Nothing was lost."
                ) from None
            raise
        finally:
            os.close(lock)


def wrong_password(account: str, known: Records) -> str:
    """Return what someone reads who gave a known name and another password."""
    if account == LEADER:
        return (
            "That is not the leader's password. The terminal in which the room was opened shows it."
        )
    return (
        f"Someone in this room is called '{account}', and the password is not theirs. "
        "Is it you? Then try your password again. "
        f"If not, choose another name, such as {available_name(account, known)}."
    )


def available_name(name: str, known: Records) -> str:
    """Return the name with the first number that no one has yet."""
    begin = name[: MAX_ACCOUNT_NAME - 4]
    return next(f"{begin}-{n}" for n in range(2, 10_000) if f"{begin}-{n}" not in known)


class LoginThrottle:
    """Wrong guesses of the last minutes; after a few of them there is a pause.

    clock : seconds, monotonic
    """

    FEW, MINUTES, MANY = 8, 5, 2000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.times: dict[str, list[float]] = {}

    def check(self, who: str) -> None:
        """Raise LoginRefused while `who` has to wait."""
        recent = [
            then for then in self.times.get(who, []) if self.clock() - then < 60 * self.MINUTES
        ]
        self.times[who] = recent
        if not recent:
            del self.times[who]
        elif len(recent) >= self.FEW and self.clock() - recent[-1] < 30:
            raise LoginRefused("Too many wrong tries. Please wait half a minute, then try again.")

    def record(self, who: str) -> None:
        """Remember a wrong guess of `who`."""
        if len(self.times) > self.MANY:
            self.times.clear()
        self.times.setdefault(who, []).append(self.clock())


def read_allow_list(path: Path) -> list[str]:
    """Return the names in a text file, one a line; `#` starts a comment.

    raises : CourseError that names the line that is no name, or two that give one account
    """
    names: list[str] = []
    seen: dict[str, int] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise list_error(
            path, f"cannot be read ({error}).", "give a text file with one name a line"
        ) from None
    for number, line in enumerate(lines, 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        try:
            account = account_name(line)
        except LoginRefused as error:
            raise list_error(path, f"'{line}': {error}", "change this line", number) from None
        if account in seen:
            raise list_error(
                path,
                f"'{line}' and line {seen[account]} are both '{account}' in the room.",
                "make one of the two different",
                number,
            )
        seen[account] = number
        names.append(line)
    if not names:
        raise list_error(path, "contains no name.", "write one name a line")
    return names


def list_error(path: Path, message: str, fix: str, line: int | None = None) -> CourseError:
    """Return the error for an allow-list."""
    return CourseError(Diagnostic(shown_path(path), message, fix, line))
