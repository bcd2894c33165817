"""A quiz that is handed out tells nothing about its keys, and is marked in the order it was shown.

The attacker knows the public repository, every algorithm and the handed-out notebook of a private
bank. They do not know the bank itself, nor the course's secret.
"""

import hashlib
import hmac
import math
import random
import re
from collections import Counter
from itertools import permutations
from types import SimpleNamespace

import pytest
import yaml
from classroom import (
    ROOT,
    SECRET,
    all_right,
    answered,
    cell_of,
    generate,
    hand_in,
    handed_out,
    make_classroom,
    scores,
)
from students import right, wrong

from kratomcourse.errors import CourseError
from kratomcourse.exports import quizzes as exports
from kratomcourse.grading.assignment_source.notebooks import VARIANT_KEY_PLACEHOLDER, cell_id
from kratomcourse.grading.assignment_source.variant_key import variant_key
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.quiz import load_bank, load_banks
from kratomcourse.quiz.bank import key_of, page_order, shown
from kratomcourse.quiz.order import (
    LETTERED,
    SECRET_FILE,
    course_secret,
    known_secret,
    order_key,
    permutation,
    reordered,
    reordered_bank,
)

QUIZ = "90-private"
COUNT = 60
WORDS = [
    "river",
    "stone",
    "cloud",
    "maple",
    "ember",
    "harbor",
    "meadow",
    "lantern",
    "copper",
    "willow",
    "falcon",
    "summit",
]


def test_the_secret_of_a_course_is_made_once_and_never_by_looking(tmp_path):
    assert known_secret(tmp_path) is None and not list(tmp_path.iterdir())
    made = course_secret(tmp_path)
    assert re.fullmatch(rb"[0-9a-f]{64}", made) and course_secret(tmp_path) == made
    assert known_secret(tmp_path) == made
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / SECRET_FILE).read_bytes() == made + b"\n"
    (tmp_path / SECRET_FILE).write_bytes(b" mine \n")
    assert course_secret(tmp_path) == known_secret(tmp_path) == b"mine"


def test_the_order_follows_from_the_documented_text_alone():
    """Notebooks that were handed out are marked by it for years."""
    assert order_key(b"secret", "01").hex()[:16] == "3096f3d66d7df3c5"
    assert permutation(b"key", "item", 5) == (0, 4, 1, 2, 3)
    assert permutation(b"key", "item", 0) == ()


def test_items_without_letters_have_no_order():
    bank = load_bank(ROOT / "tests" / "data" / "bank" / "99-sample.yml")
    for item in bank.items:
        other = reordered(item, b"key")
        assert (other is item) == (item.kind not in LETTERED)
        if item.kind in LETTERED:
            order = permutation(b"key", item.id, item.count_shown)
            assert [index for _, index in shown(other)] == list(order)


def private_bank(path, keys=None):
    """A bank file with COUNT choice items; the key is the first option unless `keys` says which."""
    draw = random.Random(5)
    items = []
    for number in range(COUNT):
        texts = [" ".join(draw.sample(WORDS, 4)) for _ in range(4)]
        key = keys[number] if keys else 0
        options = [
            {"text": text, "correct": True, "feedback": "This is what it says here."}
            if place == key
            else {"text": text, "feedback": "This is another thing.", "misconception": "mixed-up"}
            for place, text in enumerate(texts)
        ]
        items.append(
            {
                "id": f"private.item-{number}",
                "objective": "private.o1",
                "level": "apply",
                "use": ["graded"],
                "kind": "choice",
                "options": options,
                "stem": f"Which of these is meant in case {number}?",
            }
        )
    objective = {"id": "private.o1", "text": "Know what is meant in a case.", "section": "Cases"}
    bank = {"chapter": QUIZ, "title": "Private", "objectives": [objective], "items": items}
    path.mkdir(parents=True, exist_ok=True)
    file = path / f"{QUIZ}.yml"
    file.write_text(yaml.safe_dump(bank))
    return file


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    """A quiz of a private bank, handed out by nbgrader's own command."""
    folder = tmp_path_factory.mktemp("private")
    file = private_bank(folder / "file")
    return make_classroom(folder / "quizzes", load_bank(file), file)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    return make_classroom(tmp_path_factory.mktemp("sample") / "quizzes")


# What an attacker tries


def letters_shown(notebook):
    """Item id -> texts of its options by letter, as the handed-out notebook shows them."""
    found = {}
    for number in range(COUNT):
        source = cell_of(notebook, f"private-item-{number}-question")["source"]
        found[f"private.item-{number}"] = dict(re.findall(r"- \*\*([a-h])\*\*: (.+)", source))
    return found


def public_order(item_id):
    return page_order(SimpleNamespace(id=item_id, count_shown=4))


def guesses_of_an_attacker(released):
    """Name of each attack -> function (item id, options by letter) -> letter of the key."""
    text = str(released)
    derived = [b"", QUIZ.encode(), VARIANT_KEY_PLACEHOLDER.encode(), b"kratom-and-harm-reduction"]
    derived += [found.encode() for found in set(re.findall(r"\b[0-9a-f]{32}\b", text))][:20]
    derived += [hashlib.sha256(text.encode()).hexdigest().encode(), SECRET[::-1].encode()]
    attacks = {
        "the public order undone": lambda item, _: "abcd"[public_order(item).index(0)],
        "the longest": lambda _, options: max(options, key=lambda letter: len(options[letter])),
        "the shortest": lambda _, options: min(options, key=lambda letter: len(options[letter])),
        "first in the alphabet": lambda _, options: min(options, key=options.get),
    }
    attacks |= {f"always {letter}": lambda _i, _o, letter=letter: letter for letter in "abcd"}
    for number, secret in enumerate(derived):
        for name, key in (("key", order_key(secret, QUIZ)), ("secret", secret)):
            attacks[f"{name} {number}"] = lambda item, _, key=key: "abcd"[
                permutation(key or b"0", item, 4).index(0)
            ]
    checksums = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["metadata"]["nbgrader"].get("checksum", "0")
        for cell in released["cells"]
    }
    for part in ("", "-answer", "-question"):
        attacks[f"the checksum{part}"] = lambda item, _, part=part: "abcd"[
            int(checksums[item.replace(".", "-") + part], 16) % 4
        ]
    return attacks


def test_an_attacker_with_all_that_is_public_gets_no_more_than_chance(private):
    released = handed_out(private)
    keys = {item.id: key_of(item) for item in private.items}
    options = letters_shown(released)
    attacks = guesses_of_an_attacker(released)
    found = {
        name: sum(guess(item, options[item]) == keys[item] for item in keys)
        for name, guess in attacks.items()
    }
    limit = COUNT / 4 + 3.5 * math.sqrt(COUNT * 3 / 16)
    assert len(attacks) > 20 and max(found.values()) <= limit, found


def test_the_same_attack_finds_every_key_of_a_quiz_in_the_public_order(private):
    """The attack is a real one: this is what the secret order is for."""
    public = load_bank(private.layout.banks / f"{QUIZ}.yml")
    attack = guesses_of_an_attacker(handed_out(private))["the public order undone"]
    assert all(attack(item.id, {}) == key_of(item) for item in public.items)


def test_what_is_handed_out_is_the_same_to_the_byte_whatever_the_keys_are(private, tmp_path):
    keys = [random.Random(number).randrange(4) for number in range(COUNT)]
    file = private_bank(tmp_path / "file", keys)
    other = make_classroom(tmp_path / "quizzes", load_bank(file), file)
    path = f"release/{QUIZ}/{QUIZ}.ipynb"
    assert (other.root / path).read_bytes() == (private.root / path).read_bytes()
    assert [key_of(item) for item in other.items] != [key_of(item) for item in private.items]


def test_neither_secret_nor_key_of_the_order_stands_in_what_is_handed_out(private):
    text = (private.root / "release" / QUIZ / f"{QUIZ}.ipynb").read_text()
    assert SECRET.strip() not in text
    assert order_key(SECRET.strip().encode(), QUIZ).hex() not in text
    # The text from which numbers of one's own follow is public, and tells nothing about the order.
    public = variant_key(private.root, QUIZ)
    assert hmac.digest(SECRET.strip().encode(), QUIZ.encode(), "sha256").hex()[:32] == public
    assert order_key(public.encode(), QUIZ) != order_key(SECRET.strip().encode(), QUIZ)


# The order itself


def test_every_order_is_as_likely_as_any_other():
    got = Counter(permutation(b"key", f"item.{number}", 4) for number in range(4800))
    assert set(got) == set(permutations(range(4)))
    assert sum((count - 200) ** 2 / 200 for count in got.values()) < 49.7  # 999 of 1,000 draws


def test_another_secret_quiz_or_item_has_another_order():
    items = [item for item in load_banks()["02-pharmacology"].items if item.count_shown > 3]
    orders = [
        [permutation(order_key(secret, quiz), item.id, item.count_shown) for item in items]
        for secret, quiz in ((b"one", "02"), (b"two", "02"), (b"one", "03"))
    ]
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert orders[0] == [permutation(order_key(b"one", "02"), i.id, i.count_shown) for i in items]


@pytest.mark.parametrize("chapter", load_banks())
def test_the_page_keeps_its_order_and_a_reordered_item_keeps_its_key(chapter):
    bank = load_banks()[chapter]
    other = reordered_bank(bank, b"key")
    for before, after in zip(bank.items, other.items, strict=True):
        if not before.is_graded:
            assert after is before
        elif before.count_shown:
            assert sorted(index for _, index in shown(after)) == list(range(before.count_shown))
            places, key = dict(shown(after)), key_of(after)
            if before.kind == "choice":
                assert after.options[places[key]].correct
            elif before.kind == "choices":
                assert all(after.options[places[letter]].correct for letter in key)
            else:
                assert [places[letter] for letter in key] == list(range(before.count_shown))
    assert reordered(bank.items[0], b"key").model_dump() == bank.items[0].model_dump()


# Marking


def test_students_are_marked_in_the_order_that_they_saw(private):
    hand_in(private, "ada", all_right(private))
    hand_in(private, "ben", answered(private, {item.id: wrong(item) for item in private.items}))
    public = {
        item.id: key_of(item) for item in load_bank(private.layout.banks / f"{QUIZ}.yml").items
    }
    hand_in(private, "cal", answered(private, public))
    grade_assignment(private.layout, QUIZ, workers=1, isolation="none")
    points = {
        name: sum(one[0] for one in scores(private, name).values())
        for name in ("ada", "ben", "cal")
    }
    same = sum(public[item.id] == key_of(item) for item in private.items)
    assert points == {"ada": COUNT, "ben": 0, "cal": same} and same < COUNT / 2


def test_without_its_secret_a_quiz_is_not_marked_wrongly(classroom, tmp_path):
    hand_in(classroom, "ada", all_right(classroom))
    path = classroom.root / ".course-secret"
    try:
        path.write_text("another one\n")
        with pytest.raises(CourseError, match="generate_assignment"):
            grade_assignment(classroom.layout, classroom.quiz, workers=1, isolation="none")
    finally:
        path.write_text(SECRET)
    grade_assignment(classroom.layout, classroom.quiz, workers=1, isolation="none")
    points = scores(classroom, "ada")
    assert all(
        points[cell_id(item)][0] == item.points for item in classroom.items if item.kind != "text"
    )


def test_a_quiz_that_was_made_without_the_course_s_settings_is_marked_in_the_public_order(tmp_path):
    made = make_classroom(tmp_path / "quizzes")
    config = made.root / "nbgrader_config.py"
    text = config.read_text()
    config.write_text(
        text.replace(
            "kratomcourse.grading.assignment_source.release_order.ShuffleOptions",
            "nbgrader.preprocessors.ClearOutput",
        )
    )
    generate(made.root, made.quiz, "--force")
    config.write_text(text)
    public = SimpleNamespace(
        **vars(made)
        | {"items": load_bank(made.layout.banks / f"{made.quiz}.yml").used_for("graded")}
    )
    hand_in(public, "ada", answered(public, {item.id: right(item) for item in public.items}))
    grade_assignment(made.layout, made.quiz, workers=1, isolation="none")
    points = scores(made, "ada")
    assert all(
        points[cell_id(item)][0] == item.points for item in public.items if item.kind != "text"
    )


# Exports


def test_an_export_of_a_course_with_a_secret_has_the_order_of_its_notebook(tmp_path, monkeypatch):
    monkeypatch.setattr(exports, "banks_dir", lambda: tmp_path / "bank")
    [public] = exports.find_banks(["02"])
    assert public == load_banks()["02-pharmacology"]
    (tmp_path / ".course-secret").write_text(SECRET)
    [ours] = exports.find_banks(["02"])
    key = order_key(SECRET.strip().encode(), "02-pharmacology")
    expected = reordered_bank(load_banks()["02-pharmacology"], key)
    graded = [
        (one, other)
        for one, other in zip(ours.items, expected.items, strict=True)
        if one.count_shown
    ]
    assert all(shown(one) == shown(other) for one, other in graded)
    assert any(shown(one) != shown(public.item(one.id)) for one, _ in graded)
