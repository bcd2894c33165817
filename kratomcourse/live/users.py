"""Who is in the room: names made safe, passwords hashed, an invitation against strangers, a pause after wrong throttle.

Knows files only; `authenticator` calls it from within the hub.
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
LONGEST_NAME = 24
SHORTEST_PASSWORD = 6
LONGEST_PASSWORD = 200
# Numbers of the accounts that people's programs run as; above every range that Linux systems hand out themselves.
FIRST_UID = 1_900_000_001
SPELLED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


class LoginRefused(Exception):
    """Why somebody can not come in, in words for that person."""


def account_name(name):
    """The name as the room writes it: a to z, digits and single hyphens. Refused where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", name.strip().lower().translate(SPELLED))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not plain:
        raise LoginRefused(
            "That name has no letter from a to z. Please write it with Latin letters, or choose another one, such as blue-7."
        )
    if not plain[0].isalpha():
        raise LoginRefused("A name begins with a letter. Please put one in front.")
    if len(plain) > LONGEST_NAME:
        raise LoginRefused(
            f"That name is longer than {LONGEST_NAME} letters. Please take a shorter one."
        )
    return plain


def hash_password(password, salt=None):
    salt = salt or secrets.token_bytes(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
    return f"{salt.hex()}:{key.hex()}"


def password_matches(password, stored):
    salt, _, _ = stored.partition(":")
    return hmac.compare_digest(hash_password(password, bytes.fromhex(salt)), stored)


def new_invitation():
    """Six letters that nobody misreads from a projector."""
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(6))


class Users:
    """People of a room, in one file that only the room's own account can read.

    path      : people.json
    allowed   : names that may come in; everybody where None
    code      : invitation that a new person has to know; none where empty
    """

    def __init__(self, path, allowed=None, code=""):
        self.path, self.code = path, code
        self.allowed = None if allowed is None else {account_name(name) for name in allowed}
        self.throttle = LoginThrottle()

    def load(self):
        """Name -> {account, password, joined}."""
        try:
            return json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def account(self, name):
        """Number of the account of somebody who is in; for the leader the account that the room itself has."""
        return os.geteuid() if name == LEADER else self.load()[name]["account"]

    def set_leader(self, password):
        with self.edit() as known:
            known[LEADER] = {"password": hash_password(password)}

    def log_in(self, name, password, code="", address=""):
        """Safe name of somebody who may come in; a new person's password counts from now on.

        raises : Refused
        """
        if len(password) > LONGEST_PASSWORD or len(name) > 1000:
            raise LoginRefused("That is too long. Please take a shorter name and password.")
        safe = account_name(name)
        self.throttle.wait_for(f"name {safe}")
        known = self.load()
        if safe in known:
            if password_matches(password, known[safe]["password"]):
                return safe
            self.throttle.wrong(f"name {safe}")
            if safe == LEADER:
                raise LoginRefused(
                    "That is not the leader's password. It stands in the terminal in which the room was opened."
                )
            raise LoginRefused(
                f"Somebody in this room is called '{safe}', and the password is not theirs. "
                f"Is it you? Then try your password again. If not, choose another name, such as {available_name(safe, known)}."
            )
        if safe in RESERVED:
            raise LoginRefused(
                f"The name '{safe}' is kept for the room itself. Please choose another one."
            )
        if self.allowed is not None and safe not in self.allowed:
            raise LoginRefused(
                f"'{safe}' is not on the list of this room. Ask the leader which name is yours."
            )
        if self.code:
            self.throttle.wait_for(f"address {address}")
            if not hmac.compare_digest(code.strip().lower().encode(), self.code.encode()):
                self.throttle.wrong(f"address {address}")
                raise LoginRefused(
                    "That is not this room's invitation. It stands on the wall, below the address."
                )
        if len(password) < SHORTEST_PASSWORD:
            raise LoginRefused(
                f"Please choose a password of at least {SHORTEST_PASSWORD} characters, one that you use nowhere else."
            )
        with self.edit() as known:
            if safe in known:  # two at the same moment
                raise LoginRefused(
                    f"Somebody has just taken the name '{safe}'. Please choose another one, such as {available_name(safe, known)}."
                )
            taken = [person["account"] for person in known.values() if "account" in person]
            known[safe] = {
                "account": max(taken, default=FIRST_UID - 1) + 1,
                "password": hash_password(password),
                "joined": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            }
        return safe

    def set_password(self, name, password):
        """Give somebody who forgot theirs a new password; their work stays. Refused where nobody has that name."""
        with self.edit() as known:
            if name not in known or name == LEADER:
                raise LoginRefused(f"Nobody here is called '{name}'.")
            known[name]["password"] = hash_password(password)

    @contextlib.contextmanager
    def edit(self):
        """The people, to be changed; written down whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        beside = self.path.with_suffix(".tmp")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.load()
            yield known
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(handle, "w", encoding="utf-8") as file:
                json.dump(known, file, indent=1)
                file.flush()
                os.fsync(handle)
            os.replace(beside, self.path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise LoginRefused(
                    "The room's disk is full, so nobody new can come in. Please tell the leader. Nothing was lost."
                ) from None
            raise
        finally:
            os.close(lock)


def available_name(name, known):
    return next(
        f"{name[: LONGEST_NAME - 4]}-{number}"
        for number in range(2, 1000)
        if f"{name[: LONGEST_NAME - 4]}-{number}" not in known
    )


class LoginThrottle:
    """Wrong guesses of the last minutes; after a few of them there is a pause."""

    FEW, MINUTES, MANY = 8, 5, 2000

    def __init__(self, clock=time.monotonic):
        self.clock, self.times = clock, {}

    def wait_for(self, who):
        recent = [
            then for then in self.times.get(who, []) if self.clock() - then < 60 * self.MINUTES
        ]
        self.times[who] = recent
        if not recent:
            del self.times[who]
        elif len(recent) >= self.FEW and self.clock() - recent[-1] < 30:
            raise LoginRefused("Too many wrong tries. Please wait half a minute, then try again.")

    def wrong(self, who):
        if len(self.times) > self.MANY:
            self.times.clear()
        self.times.setdefault(who, []).append(self.clock())


def read_allow_list(path):
    """Names of an allow-list, one in each line; CourseError names the line that is no name."""
    names, seen = [], {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                f"can not be read ({error}).",
                "give a text file with one name in each line",
            )
        ) from None
    for number, line in enumerate(lines, 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        try:
            safe = account_name(line)
        except LoginRefused as error:
            raise CourseError(
                Diagnostic(shown_path(path), f"'{line}': {error}", "change this line", number)
            ) from None
        if safe in seen:
            raise CourseError(
                Diagnostic(
                    shown_path(path),
                    f"'{line}' and line {seen[safe]} are both '{safe}' in the room.",
                    "make one of the two different",
                    number,
                )
            )
        seen[safe] = number
        names.append(safe)
    if not names:
        raise CourseError(
            Diagnostic(shown_path(path), "holds no name.", "write one name in each line")
        )
    return names
