"""The QTI 2.1 export in a runtime that isn't ours: its scores are those of our own marking.

Cito's qti-components is a QTI 3 player in the browser. It loads QTI 2.1 through Cito's own
converter, qti-convert; both come from npm (see tests/html).
"""

import json
import subprocess
import zipfile

import pytest
from conftest import ROOT, required, served

from kratomcourse.exports import export_quiz
from kratomcourse.quiz import load_banks
from kratomcourse.quiz.bank import key_of
from kratomcourse.quiz.marking import mark

HTML = ROOT / "tests" / "html"
RUNTIME = HTML / "node_modules" / "@citolab" / "qti-components" / "cdn" / "index.js"
GLOSSARY = ROOT / "book" / "glossary.md"
BANKS = load_banks()
ITEMS = {item.id: item for bank in BANKS.values() for item in bank.items}
MARKED = ("choice", "choices", "number", "order", "match")
BY_A_PERSON = ("code", "text")
ROUNDED = 0.004  # the runtime rounds each share of the points to a thousandth
PAGE = """<!doctype html><html lang="en"><title>QTI</title>
<qti-item><item-container></item-container></qti-item>
<script type="module">
import * as qti from "/node_modules/@citolab/qti-components/cdn/index.js";
const box = document.querySelector("item-container");
const frame = () => new Promise(requestAnimationFrame);
window.load = async xml => {
  const connected = new Promise(done =>
    document.addEventListener("qti-assessment-item-connected", done, { once: true }));
  box.itemDoc = (await qti.qtiTransformItem().parse(xml)).htmlDoc();
  await connected;
  await frame();
  window.item = box.shadowRoot.querySelector("qti-assessment-item");
};
const outcomes = () => Object.fromEntries(item.variables.map(one => [one.identifier, one.value]));
window.score = () => { item.processResponse(); return outcomes(); };
window.answer = async (xml, responses) => {
  const scores = [];
  for (const response of responses) {
    await load(xml);
    if (response !== null) item.updateResponseVariable("RESPONSE", response);
    scores.push(score());
  }
  return scores;
};
</script>"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """{item id: QTI 2.1} of every item, out of our packages."""
    required(RUNTIME.exists(), "the QTI runtime (npm ci in tests/html)")
    folder, items = tmp_path_factory.mktemp("qti"), {}
    for name in BANKS:
        for use in ("check", "graded"):
            path = export_quiz("qti21", name, use, folder / use, GLOSSARY).path
            with zipfile.ZipFile(path) as package:
                for member in package.namelist():
                    if member.startswith("items/") and member.endswith(".xml"):
                        item_id = member.removeprefix("items/").removesuffix(".xml")
                        items[item_id] = package.read(member).decode()
    assert items.keys() == ITEMS.keys()
    return items


@pytest.fixture(scope="module")
def qti3(exported):
    """Function of items: {item id: QTI 3}; converting takes a sixth of a second an item."""
    made = {}

    def convert(items):
        waiting = {item.id: exported[item.id] for item in items if item.id not in made}
        if not waiting:
            return made
        done = subprocess.run(
            ["node", "qti3.mjs"],
            input=json.dumps(waiting),
            cwd=HTML,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        made.update(json.loads(done.stdout))
        return made

    # One start of Node for all that the ordinary run needs.
    convert([item for kind in (*MARKED, *BY_A_PERSON) for item in of_kind(kind)])
    return convert


@pytest.fixture(scope="module")
def player(browser, exported):
    """The runtime in Chromium, with a note of every host that it asked."""
    page = browser.new_page()
    page.foreign = []
    with served(HTML) as address:

        def local_only(route):
            if route.request.url == f"{address}/player.html":
                route.fulfill(body=PAGE, content_type="text/html")
            elif route.request.url.startswith((address, "data:")):
                route.continue_()
            else:
                page.foreign.append(route.request.url)
                route.abort()

        page.route("**", local_only)
        page.goto(f"{address}/player.html")
        page.wait_for_function("() => Boolean(window.answer)")
        yield page
        page.close()


def of_kind(kind):
    """About ten items of a kind, from all chapters."""
    items = [item for item in ITEMS.values() if item.kind == kind]
    return items[:: max(1, len(items) // 10)]


def answers(item):
    """Answers to an item, as our marking takes them: right, wrong, in part, at the edge, none."""
    key = key_of(item)
    match item.kind:
        case "choice":
            return [None, *letters(item.options)]
        case "choices":
            every = letters(item.options)
            wrong = [letter for letter in every if letter not in key]
            return [None, key, key[:1], wrong[:1], [*key, wrong[0]], every, wrong]
        case "number":
            step = item.allowed * 1e-6 + abs(key) * 1e-9 + 1e-9
            edges = [key - item.allowed, key + item.allowed]
            beyond = [edges[0] - step, edges[1] + step]
            return [
                None,
                key,
                *edges,
                *beyond,
                *(error.value for error in item.errors),
                key * -3 - 9,
            ]
        case "order":
            swapped = [key[1], key[0], *key[2:]]
            return [
                None,
                key,
                key[::-1],
                swapped,
                [*key[1:], key[0]],
                key[:-1],
                [key[0]] * len(key),
            ]
        case "match":
            turned = [*key[1:], key[0]]
            return [None, key, turned, [key[0], *turned[1:]], [key[0]] * len(key)]
    return [None, "Some words of an answer."]


def letters(options):
    return [chr(ord("a") + place) for place in range(len(options))]


def response(item, answer):
    """An answer as the value of the runtime's response variable."""
    if item.kind == "match" and answer is not None:
        return [f"row-{place} {letter}" for place, letter in enumerate(answer, 1)]
    if item.kind == "number" and answer is not None:
        return repr(float(answer))
    return answer


def marked_otherwise(player, xml, items):
    """[(item id, answer, both scores)] where the runtime doesn't mark as we do; and all shares."""
    wrong, shares = [], set()
    for item in items:
        given = answers(item)
        found = player.evaluate(
            "([xml, responses]) => answer(xml, responses)",
            [xml[item.id], [response(item, answer) for answer in given]],
        )
        for answer, outcome in zip(given, found, strict=True):
            ours, theirs = mark(item, answer), float(outcome["SCORE"])
            assert float(outcome["MAXSCORE"]) == ours.maximum
            shares.add(round(theirs / ours.maximum, 3))
            if theirs != pytest.approx(ours.points, abs=ROUNDED):
                wrong.append((item.id, answer, f"ours {ours.points}, theirs {theirs}"))
    return wrong, shares


@pytest.mark.slow
@pytest.mark.parametrize("kind", MARKED)
def test_an_independent_runtime_marks_each_kind_as_we_do(player, qti3, kind):
    items = of_kind(kind)
    wrong, shares = marked_otherwise(player, qti3(items), items)
    assert len(items) >= 8 and not wrong, (len(wrong), wrong[:10])
    assert {0, 1} <= shares and (kind in ("choice", "number") or len(shares) > 2), shares
    assert player.foreign == []


@pytest.mark.long
@pytest.mark.parametrize("kind", MARKED)
def test_an_independent_runtime_marks_every_item_as_we_do(player, qti3, kind):
    items = [item for item in ITEMS.values() if item.kind == kind]
    wrong, _shares = marked_otherwise(player, qti3(items), items)
    assert not wrong, (len(wrong), wrong[:10])


@pytest.mark.slow
@pytest.mark.parametrize("kind", BY_A_PERSON)
def test_a_runtime_leaves_code_and_texts_to_a_person(player, qti3, kind):
    item = of_kind(kind)[0]
    blank, written = player.evaluate(
        "([xml, responses]) => answer(xml, responses)",
        [qti3([item])[item.id], answers(item)],
    )
    assert written["RESPONSE"] == answers(item)[1] and float(written["SCORE"]) == 0
    assert blank["RESPONSE"] is None and float(written["MAXSCORE"]) == item.points


# By hand: one item of each kind, answered with mouse and keyboard as a student does


def place(player, what, steps):
    """Pick an entry up and drop it at a place, with the keyboard."""
    what.focus()
    player.keyboard.press("Space")
    for _ in range(steps):
        player.keyboard.press("ArrowRight")
    player.keyboard.press("Enter")
    player.wait_for_timeout(50)


def answer_by_hand(player, item, answer):
    if item.kind in ("choice", "choices"):
        for letter in answer:
            player.locator(f"qti-simple-choice[identifier={letter}]").click()
    elif item.kind == "number":
        player.locator("qti-text-entry-interaction input").press_sequentially(repr(float(answer)))
    elif item.kind == "order":
        for at, letter in enumerate(answer):
            entry = f"qti-order-interaction > qti-simple-choice[identifier={letter}]"
            place(player, player.locator(entry), at)
    elif item.kind == "match":
        rights = player.evaluate(
            "() => [...item.querySelectorAll('qti-simple-match-set:nth-of-type(2) > *')]"
            ".map(one => one.getAttribute('identifier'))"
        )
        for row, letter in enumerate(answer, 1):
            entry = f"qti-simple-associable-choice[identifier=row-{row}]"
            place(player, player.locator(entry).first, rights.index(letter))
    else:
        player.locator("textarea").press_sequentially(answer)


@pytest.mark.slow
@pytest.mark.parametrize("kind", MARKED + BY_A_PERSON)
def test_a_student_can_answer_each_kind_by_hand_in_the_runtime(player, qti3, kind):
    item = of_kind(kind)[0]
    right, *others = [answer for answer in answers(item) if answer is not None]
    if kind == "choice":
        right = key_of(item)
    for answer in [right, *others[:2]]:
        player.evaluate("xml => load(xml)", qti3([item])[item.id])
        answer_by_hand(player, item, answer)
        outcome = player.evaluate("() => score()")
        given = outcome["RESPONSE"]
        expected = response(item, answer)
        if isinstance(expected, list):
            assert sorted(given) == sorted(expected) if kind != "order" else given == expected
        else:
            assert given == expected
        ours = mark(item, answer).points
        assert float(outcome["SCORE"]) == pytest.approx(ours or 0, abs=ROUNDED), answer
    assert player.foreign == []


@pytest.mark.slow
def test_the_runtime_shows_the_feedback_of_the_answer(player, qti3):
    item = of_kind("choice")[0]
    for letter in letters(item.options):
        player.evaluate("xml => load(xml)", qti3([item])[item.id])
        player.locator(f"qti-simple-choice[identifier={letter}]").click()
        assert player.evaluate("() => score()")["FEEDBACK"] == letter
        shown = player.locator(f"qti-modal-feedback[identifier={letter}]")
        assert shown.locator("dialog[open]").count() == 1
