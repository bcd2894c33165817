"""Grades to a learning management system by LTI 1.3: Assignment and Grade Services 2.0.

`lti.yml` in the nbgrader folder says how the course is registered there:

    issuer: https://lms.example
    client_id: abc
    token_url: https://lms.example/token
    lineitems: https://lms.example/courses/7/lineitems
    key: .lti-key.pem

Where the command runs in a room that was launched from the LMS, the launch names issuer, client_id
and lineitems, so the file needs the other two only; what it says comes before the launch.

A column of the LMS (a line item) belongs to a quiz by its tag, which is the quiz's name; it's made
where there is none. A student is known to the LMS by the `lms_user_id` in the gradebook, else by
the number with which they came to the room.
"""

import datetime as dt
import json
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import yaml

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from .grades import ClassGrades, StudentGrades, check

FILE = "lti.yml"
FIELDS = ("issuer", "client_id", "token_url", "lineitems", "key")
LAUNCH = "COURSE_LTI_LAUNCH"  # set by deploy/hub.py in the leader's pod
LONGEST_ID = 255  # of a user in an LMS, by the standard
LOOPBACK = ("127.0.0.1", "::1", "localhost")
SCOPES = [
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
]
SECONDS = 20  # to wait for an answer of the LMS


@dataclass(frozen=True)
class Platform:
    """How the course is registered with an LMS."""

    issuer: str
    client_id: str
    token_url: str  # where the LMS gives tokens
    lineitems: str  # address of the columns of one course in the LMS
    private_key: str  # PEM
    audience: str = ""  # of the request for a token; the address for tokens where empty


@dataclass(frozen=True)
class Passback:
    """What was sent, and what wasn't."""

    sent: tuple[tuple[str, str], ...]  # (quiz, student)
    unknown: tuple[str, ...]  # students without an id of the LMS
    refused: tuple[tuple[str, str, str], ...]  # (quiz, student, the answer of the LMS)


def read_platform(folder: Path) -> Platform:
    """Return what `lti.yml` in a folder says.

    raises : CourseError for a field that is missing, an address that isn't safe, or a key that
             others can read
    """
    path = Path(folder) / FILE
    place = shown_path(path)
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        fix = f"write it with the fields {', '.join(FIELDS)}; the guide says where to find them"
        raise CourseError(Diagnostic(place, "is not there, or isn't YAML.", fix)) from None
    given = launch() | (read if isinstance(read, dict) else {})
    fields = {name: str(value) for name, value in given.items() if value is not None}
    wrong = [Diagnostic(place, f"has no {name}.") for name in FIELDS if not fields.get(name)]
    wrong += [
        Diagnostic(place, f"{name} is no https address.", "copy it from the LMS")
        for name in ("token_url", "lineitems")
        if fields.get(name) and not is_safe(urlsplit(fields[name]))
    ]
    if wrong:
        raise CourseError(wrong)
    key = read_key(Path(folder) / fields["key"])
    return Platform(
        fields["issuer"],
        fields["client_id"],
        fields["token_url"],
        fields["lineitems"],
        key,
        fields.get("audience", ""),
    )


def launch() -> dict[str, Any]:
    """Return what the launch from the LMS said of grades; empty where there was none."""
    try:
        read = json.loads(os.environ.get(LAUNCH, ""))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def with_launch_ids(grades: ClassGrades) -> ClassGrades:
    """Return the grades with the LMS's number of each student who came to this room by a launch.

    A number that the gradebook has already stays.
    """
    people = launch().get("people")
    if not isinstance(people, str):
        return grades
    students = {
        name: one if one.lms_id else replace(one, lms_id=launched_as(Path(people), name))
        for name, one in grades.students.items()
    }
    return replace(grades, students=students)


def launched_as(people: Path, student: str) -> str:
    """Return the number with which a student came from the LMS, or an empty text."""
    if Path(student).name != student:
        return ""
    try:
        with (people / student / "lms-user").open(encoding="utf-8") as file:
            return file.read(LONGEST_ID).strip()
    except (OSError, UnicodeDecodeError):
        return ""


def is_safe(address: SplitResult) -> bool:
    """Whether grades may be sent to an address: encrypted, or on this machine."""
    return bool(address.hostname) and (
        address.scheme == "https" or (address.scheme == "http" and address.hostname in LOOPBACK)
    )


def read_key(path: Path) -> str:
    """Return the private key; CourseError if it's missing, not RSA, or readable by others."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    place = shown_path(path)
    make = f"openssl genrsa -out {path.name} 2048"
    try:
        text = path.read_text(encoding="ascii")
        key = load_pem_private_key(text.encode(), password=None)
    except (OSError, ValueError, TypeError):
        raise CourseError(Diagnostic(place, "is no private key (PEM).", make)) from None
    if not isinstance(key, RSAPrivateKey):
        raise CourseError(Diagnostic(place, "is no RSA key.", make))
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = "can be read by others, who could then write grades."
        raise CourseError(Diagnostic(place, message, f"chmod 600 {path.name}"))
    return text


def public_keys(platform: Platform) -> str:
    """Return the public key as the JSON Web Key Set that the LMS asks for."""
    return json.dumps({"keys": registration_of(platform).get_jwks()}, indent=1)


def send_grades(platform: Platform, grades: ClassGrades, only: Collection[str] = ()) -> Passback:
    """Send every score to the LMS; scores that wait for a person are marked as pending.

    only   : names of the quizzes to send; all if empty
    raises : CourseError where the LMS gives no token or column, for a score that can't be right, or
             for a quiz that isn't in the gradebook
    """
    for quiz in only:
        if quiz not in grades.most:
            hint = did_you_mean(quiz, grades.most) or f"use one of: {', '.join(grades.most)}"
            raise CourseError(Diagnostic(grades.place, f"has no quiz '{quiz}'.", hint))
    check(grades, grades.most)
    students = sorted(grades.students.values(), key=lambda one: one.student)
    known = [one for one in students if one.lms_id]
    service = service_of(platform)
    sent, refused = [], []
    for quiz in sorted(only or grades.most):
        scored = [one for one in known if quiz in one.scores]
        if not scored:
            continue
        column = column_of(service, platform, quiz, grades.most[quiz])
        for one in scored:
            if answer := put_score(service, column, quiz, grades.most[quiz], one):
                refused.append((quiz, one.student, answer))
            else:
                sent.append((quiz, one.student))
    unknown = tuple(one.student for one in students if not one.lms_id and one.scores)
    return Passback(tuple(sent), unknown, tuple(refused))


def column_of(service: Any, platform: Platform, quiz: str, most: float) -> Any:
    """Return the line item of a quiz, made if there is none; only on the host of `lti.yml`."""
    from pylti1p3.lineitem import LineItem

    wanted = LineItem().set_tag(quiz).set_label(quiz).set_score_maximum(most)
    with named("the column of a quiz", quiz):
        column = service.find_or_create_lineitem(wanted)
    found, expected = urlsplit(column.get_id() or ""), urlsplit(platform.lineitems)
    if (found.scheme, found.netloc) != (expected.scheme, expected.netloc):
        message = f"the LMS names a column on another host ({found.netloc or 'none'})."
        raise CourseError(Diagnostic(FILE, message, "ask the administrator of the LMS", item=quiz))
    return column


def put_score(service: Any, column: Any, quiz: str, most: float, one: StudentGrades) -> str:
    """Send one student's score; return what the LMS said if it refused, else nothing."""
    from pylti1p3.exception import LtiException
    from pylti1p3.grade import Grade
    from requests import RequestException

    grade = (
        Grade()
        .set_user_id(one.lms_id)
        .set_score_given(one.scores[quiz])
        .set_score_maximum(most)
        .set_activity_progress("Completed")
        .set_grading_progress("PendingManual" if quiz in one.unread else "FullyGraded")
        .set_timestamp(dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"))
    )
    try:
        service.put_grade(grade, column)
    except (LtiException, RequestException, ValueError) as error:
        return str(error)
    return ""


def registration_of(platform: Platform) -> Any:
    """Return the registration as the library wants it, with the public key of the private one."""
    from cryptography.hazmat.primitives import serialization
    from pylti1p3.registration import Registration

    private = serialization.load_pem_private_key(platform.private_key.encode(), password=None)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    registration = (
        Registration()
        .set_issuer(platform.issuer)
        .set_client_id(platform.client_id)
        .set_auth_token_url(platform.token_url)
        .set_tool_private_key(platform.private_key)
        .set_tool_public_key(public.decode())
    )
    return registration.set_auth_audience(platform.audience) if platform.audience else registration


def service_of(platform: Platform) -> Any:
    """Return the grade service, with a token that is asked for once."""
    import requests
    from pylti1p3.assignments_grades import AssignmentsGradesService
    from pylti1p3.service_connector import ServiceConnector

    tokens: dict[str, str] = {}

    class Connector(ServiceConnector):  # type: ignore[misc]  # the library may be absent
        """Keeps tokens for one run of the command."""

        def _get_cached_access_token(self, scope_key: str) -> str | None:
            return tokens.get(scope_key)

        def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:
            tokens[scope_key] = access_token

    class Session(requests.Session):
        """Waits no longer than `SECONDS`, and follows no redirect to another place."""

        def request(self, *arguments: Any, **options: Any) -> requests.Response:
            options = {"timeout": SECONDS} | options | {"allow_redirects": False}
            response = super().request(*arguments, **options)
            if response.is_redirect:
                raise requests.TooManyRedirects(f"{response.url} leads elsewhere")
            return response

    connector = Connector(registration_of(platform), Session())
    return AssignmentsGradesService(connector, {"scope": SCOPES, "lineitems": platform.lineitems})


@contextmanager
def named(what: str, item: str) -> Iterator[None]:
    """Turn an error of the LMS or of the way to it into a CourseError that names the step."""
    from pylti1p3.exception import LtiException
    from requests import RequestException

    try:
        yield
    except (LtiException, RequestException, ValueError, KeyError) as error:
        message = f"the LMS didn't give {what}: {error}"
        fix = "check the addresses and client_id in lti.yml, and the public key in the LMS"
        raise CourseError(Diagnostic(FILE, message, fix, item=item)) from error
