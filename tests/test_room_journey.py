"""A workshop from the first login to the last feedback: three people and a leader, each in a
browser of their own; then the hub is killed.

One room serves all tests of this file, and they build on each other in this order.
"""

import contextlib
import os
import re
import signal
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from conftest import ROOT, course, required, until
from hub_clients import OpenRoom
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from students import right, write_answers, wrong

from kratomcourse.grading.assignment_source.handed_out import as_handed_out
from kratomcourse.live.user_sandbox import sandbox_unavailable
from kratomcourse.quiz import load_banks

pytestmark = pytest.mark.browser
QUIZ = "02-pharmacology"
PATIENCE = 120_000  # milliseconds; machines are shared
# An address that is not the usual one of this machine alone, so all goes over HTTPS; yet nobody
# else can reach it.
AS_SERVED = ("--address", "127.0.0.2", "--chapters", "1,2.1")
STEPS = {"release": "Release", "grade": "Collect and grade", "feedback": "Release feedback"}
PEOPLE = {"Änna": ("anna", right), "Ben": ("ben", wrong), "Chloé": ("chloe", right)}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    required(not sandbox_unavailable(), f"the sandbox ({sandbox_unavailable()})")
    prepared = course("live", "--prepare", check=False)
    required(prepared.returncode == 0, f"the room's proxy ({prepared.stderr.strip()})")
    return tmp_path_factory.mktemp("workshop") / "room"


@pytest.fixture(scope="module")
def held(place):
    """The room, open; the last test puts another one in its place."""
    with OpenRoom(ROOT, place, *AS_SERVED) as room:
        holder = SimpleNamespace(room=room)
        yield holder
        if holder.room is not room:
            holder.room.__exit__()


def test_three_people_and_a_leader_go_from_the_login_to_feedback(held, browser):
    room = held.room
    leader = window(browser)
    log_in(leader, room, "leader", room.leader_password, first=False)
    leader.goto(f"{room.base}services/room/")
    do_step(leader, "release")
    people = {name: window(browser) for name in PEOPLE}
    for name, page in people.items():
        start = time.monotonic()
        log_in(page, room, name, "correct horse")
        page.locator(".jp-Notebook").first.wait_for(timeout=PATIENCE)
        print(f"{name} is in the notebook after {time.monotonic() - start:.1f} s")
        assert page.url.startswith(f"{room.base}user/{PEOPLE[name][0]}/lab/tree/02-1-")
    run_a_cell(people["Änna"])
    for name, page in people.items():
        fetch(page)
        answer(room, *PEOPLE[name])
        validate(
            page, passes=PEOPLE[name][1] is right
        )  # a function that returns nonsense fails its visible example
        submit(page)
    leader.locator("#people td", has_text=QUIZ).nth(2).wait_for(timeout=PATIENCE)
    assert leader.locator("#here").inner_text() in ("3", "4")
    assert "Änna" in leader.locator("#people").inner_text()
    do_step(leader, "grade")
    do_step(leader, "feedback", ends="waiting")
    said = leader.locator("#step").inner_text()
    assert "have not been read yet" in said and re.search(r"ben: question \d+", said), said
    assert not list(room.folder.glob("exchange/*/feedback/*")), "nothing was released"
    leader.click("#now button")
    leader.locator("#step h3", has_text=re.compile(r"unread answers marked.*: done$")).wait_for()
    for page in people.values():
        fetch_feedback(page)
    marks = {}
    for safe, _ in PEOPLE.values():
        [feedback] = (room.folder / "homes" / safe / QUIZ / "feedback").rglob(f"{QUIZ}.html")
        page = feedback.read_text()
        marks[safe] = page.partition("(Score: ")[2].partition(")")[0]
        assert "(not read yet)" in page and "Test cell" not in page
        assert re.search(r"<summary>Question 1: ", page)
    assert marks["anna"] == marks["chloe"] != marks["ben"] and marks["ben"].startswith("0"), marks
    for page in (leader, *people.values()):
        page.context.close()


def test_the_next_chapter_reaches_open_notebooks_and_the_formgrader_answers(held):
    leader, anna = held.room.leader(), held.room.client("anna")
    leader.log_in()
    assert anna.log_in() is None, "the invitation is asked once"
    answer = leader.post("chapter", chapter="06-harm-reduction")
    assert "is with" in answer.text
    anna.open_notebooks()
    assert {"01-0-what-kratom-is.ipynb", "06-0-harm-reduction.ipynb", QUIZ} <= {
        entry["name"] for entry in anna.api("GET", "api/contents")["content"]
    }
    leader.open_notebooks()
    rows = leader.api("GET", "formgrader/api/assignments")
    assert {row["name"]: row["num_submissions"] for row in rows}[QUIZ] == 3
    assert anna.page("state").status_code == 403 and "Help now" in anna.page().text
    leader.post("message", text="Ten minutes <break>")
    assert "Ten minutes &lt;break&gt;" in anna.page().text
    forged = anna.run(
        [
            "import os; "
            "os.listdir('/exchange/kratom-and-harm-reduction/feedback').__len__(), "
            f"os.path.exists('{held.room.folder}'), os.path.exists('/home/ben')"
        ]
    )
    assert forged == ["(1, False, False)"]


def test_an_answer_that_was_not_saved_is_submitted_and_empty_ones_are_named(held, browser):
    room = held.room
    page, answers = window(browser), f"{QUIZ}/{QUIZ}.ipynb"
    leader = room.leader()
    leader.log_in()
    if not list(room.folder.glob(f"exchange/*/outbound/{QUIZ}")):  # this test alone
        leader.do_step(QUIZ, "release")
    log_in(page, room, "Дарья", "correct horse")
    page.locator(".jp-Notebook").first.wait_for(timeout=PATIENCE)
    fetch(page)
    account = page.url.partition("/user/")[2].partition("/")[0]
    page.goto(f"{room.base}user/{account}/lab/tree/{answers}")
    cell = page.locator(".jp-CodeCell", has_text="One letter, a to").first
    cell.scroll_into_view_if_needed(timeout=PATIENCE)
    cell.locator(".cm-line", has_text="= None").click()
    page.keyboard.press("End")
    for _ in "None":
        page.keyboard.press("Backspace")
    assignment_list(page)
    page.locator("#fetched_assignments_list button", has_text="Submit").wait_for(timeout=PATIENCE)
    page.locator("[role=tab]", has_text=QUIZ).first.click()
    page.keyboard.type('"b"')
    page.locator("[role=tab]", has_text="Assignments").first.click()
    # Without a network JupyterLab's own messages, on a failed save and on the server, may come at
    # any time. Our own question may cover them, so that a pointer doesn't reach them.
    for message, answer in (("File Save Error", ""), ("Server unavailable", "Dismiss")):
        page.add_locator_handler(
            page.locator(f"dialog[aria-label^='{message}'] .jp-Dialog-button", has_text=answer),
            lambda button: button.last.evaluate("one => one.click()"),
            no_wait_after=True,  # the next message may already be there
        )
    page.context.set_offline(True)
    page.locator("#fetched_assignments_list button", has_text="Submit").click()
    page.locator(".kc-dialog", has_text="Not submitted").wait_for(timeout=PATIENCE)
    page.locator(".kc-dialog button").click()
    page.context.set_offline(False)
    # The message says to try again in a moment; on a busy machine that may be more than one.
    for _ in range(5):
        with contextlib.suppress(AssertionError):
            said = submit(page, answered=1)
            break
        page.locator(".kc-dialog button").last.click()
    else:
        pytest.fail("the notebook was never saved after the network was back")
    assert "Still empty: questions 2, 3" in said or "Still empty: questions 1" in said, said
    until = time.monotonic() + 60
    while time.monotonic() < until:
        people = {one["shown"]: one for one in leader.page("state").json()["people"]}
        if people["Дарья"]["submissions"]:
            break
        time.sleep(0.5)
    [row] = people["Дарья"]["submissions"]
    assert row["answered"].startswith("1 of ") and re.fullmatch(r"\d\d:\d\d", row["when"])
    page.context.close()


def on_saves(what):
    """A script that does something once the server has answered a save of a notebook."""
    return f"""(() => {{
        const plain = window.fetch;
        window.fetch = async (...given) => {{
            const [what, how] = given, answer = await plain(...given);
            const method = what.method ?? how?.method, url = what.url ?? `${{what}}`;
            if (method === "PUT" && url.includes("/api/contents/")) {{ {what} }}
            return answer;
        }};
    }})()"""


SLOW_SAVES = on_saves("await new Promise(go => setTimeout(go, 3000));")
LOSE_ONE_ANSWER = on_saves(
    'if (window.loses) { window.loses = false; throw new TypeError("Failed to fetch"); }'
)


def in_a_part(room, browser, name, network=SLOW_SAVES):
    """The page of a new person with the first part of a chapter open, on such a network."""
    page = window(browser)
    page.add_init_script(network)
    log_in(page, room, name, "correct horse")
    page.locator(".jp-Notebook").first.wait_for(timeout=PATIENCE)
    part = min((room.folder / "homes" / name.lower()).glob("*-1-*.ipynb"))
    page.goto(f"{room.base}user/{name.lower()}/lab/tree/{part.name}")
    page.locator(".jp-CodeCell .cm-content").first.wait_for(timeout=PATIENCE)
    return page, part


def write_and_save(page):
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n# first_words")
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)
    page.keyboard.type(" second_words")


def test_a_save_waits_for_the_one_before_it(held, browser):
    """JupyterLab would ask whether to overwrite what it has just saved itself."""
    leader = held.room.leader()
    leader.log_in()
    if not list(held.room.folder.glob(f"exchange/*/outbound/{QUIZ}")):  # this test alone
        leader.do_step(QUIZ, "release")
    page, part = in_a_part(held.room, browser, "Ezra")
    fetch(page)
    page.locator("[role=tab]", has_text=part.name).first.click()
    write_and_save(page)
    page.locator("[role=tab]", has_text="Assignments").first.click()
    page.locator("#fetched_assignments_list a", has_text=QUIZ).first.click()
    page.locator("#fetched_assignments_list button", has_text="Validate").click()
    page.locator(".jp-Dialog").wait_for(timeout=PATIENCE)
    assert "File Changed" not in page.locator(".jp-Dialog").inner_text()
    assert "# first_words second_words" in part.read_text(encoding="utf-8")
    page.context.close()


def test_what_is_written_during_a_save_is_saved_by_the_next(held, browser):
    """JupyterLab would take it for saved, and never write it."""
    page, part = in_a_part(held.room, browser, "Runa")
    write_and_save(page)
    until = time.monotonic() + 2 * PATIENCE / 1000
    while "second_words" not in part.read_text(encoding="utf-8"):
        assert time.monotonic() < until, "the next save never came"
        page.wait_for_timeout(500)
    page.context.close()


def lose_an_answer(page):
    """Save a first word; the server writes it, and its answer is lost."""
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.evaluate("window.loses = true")
    page.keyboard.type("\n# first_words")
    page.keyboard.press("Control+s")
    page.locator("dialog[aria-label^='File Save Error'] button").last.wait_for(timeout=PATIENCE)


def write_on_and_save(page):
    page.locator("dialog[aria-label^='File Save Error'] button").last.click()
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" second_words")
    page.keyboard.press("Control+s")


def test_a_save_whose_answer_was_lost_is_recognised(held, browser):
    """JupyterLab would ask whether to overwrite it, and "Revert" would throw an answer away."""
    page, part = in_a_part(held.room, browser, "Imke", LOSE_ONE_ANSWER)
    lose_an_answer(page)
    assert "# first_words" in part.read_text(encoding="utf-8")
    write_on_and_save(page)
    until = time.monotonic() + 2 * PATIENCE / 1000
    while "# first_words second_words" not in part.read_text(encoding="utf-8"):
        asked = page.locator("dialog.jp-Dialog").all_inner_texts()
        assert not any("File Changed" in one for one in asked), asked
        assert time.monotonic() < until, "the next save never came"
        page.wait_for_timeout(500)
    page.context.close()


def test_a_change_by_another_program_is_still_asked_about_after_a_lost_answer(held, browser):
    page, part = in_a_part(held.room, browser, "Yael", LOSE_ONE_ANSWER)
    lose_an_answer(page)
    theirs = part.read_text(encoding="utf-8").replace("# first_words", "# their_words")
    part.write_text(theirs, encoding="utf-8")
    write_on_and_save(page)
    page.locator("dialog[aria-label^='File Changed']").wait_for(timeout=PATIENCE)
    assert part.read_text(encoding="utf-8") == theirs, "nothing is overwritten unasked"
    page.context.close()


def test_choices_are_clicked_and_written_as_the_plain_values_that_one_would_type(held, browser):
    room = held.room
    leader = room.leader()
    leader.log_in()
    if not list(room.folder.glob(f"exchange/*/outbound/{QUIZ}")):  # this test alone
        leader.do_step(QUIZ, "release")
    page = window(browser)
    log_in(page, room, "clicker", "correct horse")
    page.locator(".jp-Notebook").first.wait_for(timeout=PATIENCE)
    fetch(page)
    page.goto(f"{room.base}user/clicker/lab/tree/{QUIZ}/{QUIZ}.ipynb")
    page.locator(".kc-choice").first.wait_for(timeout=PATIENCE)
    chosen = {}

    def question(control):
        """The first question with such a control, and the text of its answer cell."""
        box = page.locator(".kc-choice", has=page.locator(control)).first
        box.scroll_into_view_if_needed(timeout=PATIENCE)
        cell = page.locator(
            ".jp-CodeCell", has=page.locator(".kc-choice", has=page.locator(control))
        ).first
        return box, lambda: "\n".join(cell.locator(".cm-line").all_text_contents())

    box, source = question("input[type=radio]")
    assert (
        box.locator("label").first.text_content().startswith("a: ")
        and "**" not in box.text_content()
    )
    box.locator("input[value=b]").check()
    box.locator("input[value=c]").check()
    chosen["one"] = source()
    assert re.search(r'^answer_\w+ = "c"$', chosen["one"], re.M)
    box, source = question("input[type=checkbox]")
    box.locator("input[value=c]").check()
    box.locator("input[value=a]").check()
    chosen["some"] = source()
    assert re.search(r'^answer_\w+ = \["a", "c"\]$', chosen["some"], re.M)
    box, source = question("ol button")
    box.get_by_role("button", name=re.compile("^Down: a")).press("Enter")
    box.get_by_role("button", name=re.compile("^Down: a")).press("Enter")
    chosen["order"] = source()
    assert re.search(r'^answer_\w+ = \["b", "c", "a"', chosen["order"], re.M)
    box, source = question("select")
    box.locator("select").nth(0).select_option("b")
    box.locator("select").nth(1).select_option("a")
    chosen["match"] = source()
    assert re.search(r'^answer_\w+ = \["b", "a"', chosen["match"], re.M)

    # What is typed shows in what is chosen, and a letter without quotes is explained in a sentence.
    box, source = question("input[type=radio]")
    cell = page.locator(".jp-CodeCell", has=page.locator("input[type=radio]")).first
    cell.locator(".cm-line", has_text='= "c"').click()
    page.keyboard.press("End")
    for _ in '"c"':
        page.keyboard.press("Backspace")
    page.keyboard.type("a")
    box.get_by_role("status").filter(has_text='Letters need quotes: "a"').wait_for()
    assert box.locator("input[value=a]").is_checked()
    box.locator("input[value=d]").check()

    saved = room.folder / "homes" / "clicker" / QUIZ / f"{QUIZ}.ipynb"
    # JupyterLab waits ten times as long as its last save took before it saves again.
    until = time.monotonic() + 2 * PATIENCE / 1000
    while (
        '= \\"d\\"' not in (text := saved.read_text(encoding="utf-8")) and time.monotonic() < until
    ):
        time.sleep(0.5)
    assert '= \\"d\\"' in text, "autosave keeps what was chosen"
    sources = {cell.source for cell in nbformat.reads(text, as_version=4).cells}
    for kind in ("some", "order", "match"):
        line = next(line for line in chosen[kind].splitlines() if line.startswith("answer_"))
        assert any(line in source.splitlines() for source in sources), line
    page.context.close()


def test_the_room_is_asked_before_and_after_a_discussion_and_the_wall_shows_it(held, browser):
    room = held.room
    leader = window(browser)
    log_in(leader, room, "leader", room.leader_password, first=False)
    page = f"{room.base}services/room/"
    phone = browser.new_context(
        ignore_https_errors=True, viewport={"width": 390, "height": 844}
    ).new_page()
    phone.set_default_timeout(PATIENCE)
    log_in(phone, room, "voter", "correct horse")
    phone.goto(f"{page}poll")
    phone.get_by_text("No question is asked now").wait_for()
    leader.goto(f"{page}questions")
    leader.get_by_role("button", name=re.compile("^Ask risk")).first.click()
    leader.get_by_text("is asked. People answer").wait_for()
    wall = leader.context.new_page()
    wall.goto(f"{page}wall")
    phone.locator("input[name=option]").first.check()  # the page has found the question by itself
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("button", name="Answer").click()
    phone.get_by_text("Your answer is counted.").wait_for()
    other = room.client("zebedee")
    other.log_in()
    assert "Your answer is counted" in other.post("poll", option="1").text
    assert "counted already" in other.post("poll", option="0").text
    assert other.post("ask", do="show").status_code == 403
    assert other.page("wall-state").status_code == other.page("archive").status_code == 403
    wall.get_by_text("2 answered").wait_for(timeout=PATIENCE)
    assert wall.locator(".bar i").count() == 0, (
        "nobody sees how others answer before the leader shows it"
    )
    leader.get_by_role("button", name="Close and show").click()
    wall.locator(".bar .before i").first.wait_for(timeout=PATIENCE)
    assert "1\u00a0(50%)" in wall.locator(".bar").first.inner_text()
    leader.get_by_role("button", name="Ask again").click()
    phone.locator("input[name=option]").nth(1).check()
    phone.get_by_role("button", name="Answer").click()
    phone.get_by_text("Your answer is counted.").wait_for()
    leader.get_by_role("button", name="Show the right answer").click()
    wall.locator(".bar.key .after i").wait_for(timeout=PATIENCE)
    assert wall.locator(".bar").first.locator(".before, .after").count() == 2
    leader.fill("#minutes", "5")
    leader.locator("form[action$=timer] button").click()
    wall.locator("#timer", has_text=re.compile(r"^[45]:\d\d$")).wait_for(timeout=PATIENCE)
    for secret in ("voter", "zebedee"):
        assert secret not in (room.folder / "poll.json").read_text()

    phone.goto(f"{page}form")
    phone.get_by_label("What should change?").fill("More <b>time</b>")
    phone.get_by_role("button", name="Send").click()
    phone.get_by_text("kept without your name").wait_for()
    leader.goto(f"{page}answers")
    leader.get_by_text("More <b>time</b>").wait_for()
    assert "voter" not in (room.folder / "feedback-form.jsonl").read_text()

    phone.goto(f"{page}certificate")
    asked = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.get_by_label("Name").fill("Änna Ω 名")
    assert phone.locator(".sheet output").inner_text() == "Änna Ω 名" and asked == []
    assert phone.pdf()[:5] == b"%PDF-"
    leader.goto(page)
    with leader.expect_download() as download:
        leader.get_by_text("Everybody's work as one archive").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert any(name.endswith(".ipynb") for name in archive.namelist()) or not list(
            room.folder.glob("homes/*/*.ipynb")
        )
    for page in (phone, leader):
        page.context.close()


def test_on_a_phone_a_notebook_fills_the_screen_and_a_message_reaches_it(held, browser):
    phone = browser.new_context(
        ignore_https_errors=True, viewport={"width": 390, "height": 844}, has_touch=True
    )
    page = phone.new_page()
    page.set_default_timeout(PATIENCE)
    log_in(page, held.room, "phone", "correct horse")
    page.locator("body.kc-narrow .jp-Notebook").first.wait_for()
    until(page, "document.querySelector('.jp-Notebook').clientWidth > 360")
    leader = held.room.leader()
    leader.log_in()
    leader.post("message", text="Back at <ten>")
    page.locator(".kc-banner", has_text="Back at <ten>").wait_for()
    phone.close()


def test_blocked_websockets_are_explained_in_the_notebook(held, browser):
    page = window(browser)
    page.route_web_socket(re.compile(".*"), lambda line: line.close())
    log_in(page, held.room, "behind-a-proxy", "correct horse")
    start = time.monotonic()
    page.locator(".jp-Notebook").first.wait_for()
    page.locator(".kc-problem", has_text="WebSocket is blocked").wait_for()
    print(f"explained {time.monotonic() - start:.0f} s after the login")
    page.context.close()


def test_a_letter_without_quotes_is_explained(held):
    anna = held.room.client("anna")
    assert anna.log_in() is None
    anna.open_notebooks()
    [said, other] = anna.run(["answer_first = a", "print(undefined)"])
    assert 'A letter needs quotes here, for example answer_first = "a".' in said
    assert "quotes" not in other


def test_the_hub_is_killed_while_people_submit_and_nothing_is_lost(held, place):
    room = held.room
    people = [room.client(safe) for safe, _ in PEOPLE.values()]
    for person in people:
        assert person.log_in() is None
        person.open_notebooks()
    anna = people[0]
    anna.write(
        "mine.ipynb", nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("my words")])
    )
    before = handed_in(place)

    def submitted(person):
        person.submit(QUIZ)
        return person.name

    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(submitted, person) for person in people]
        while not any(one.done() for one in waiting):
            time.sleep(0.05)
        os.kill(room.hub, signal.SIGKILL)
        told = [one.result() for one in waiting if one.exception() is None]
    room.close()
    held.room = OpenRoom(ROOT, place, *AS_SERVED, port=room.port).__enter__()
    until = time.monotonic() + 60
    while len(handed_in(place)) < len(before) + len(told) and time.monotonic() < until:
        time.sleep(0.3)
    new = {name.split("+")[0] for name in handed_in(place) - before}
    assert told and set(told) <= new, (told, new)
    anna = held.room.client("anna")
    assert anna.log_in() is None, "names and passwords are still known"
    anna.open_notebooks()
    assert anna.read("mine.ipynb").cells[0].source == "my words"


def test_a_hub_that_is_killed_comes_back_and_nothing_outlives_the_room(held, place):
    room = held.room
    first = room.hub
    os.kill(first, signal.SIGKILL)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(Exception):
            if room.hub != first and room.client("anna").log_in() is None:
                break
        time.sleep(0.5)
    assert room.hub != first and room.process.poll() is None
    os.kill(room.process.pid, signal.SIGKILL)  # the terminal is gone, without a word
    until = time.monotonic() + 90
    while (left := processes_of(place)) and time.monotonic() < until:
        time.sleep(1)
    assert not left, left


def test_the_leader_closes_the_room_from_the_page_and_nothing_is_left(place, tmp_path):
    with OpenRoom(ROOT, tmp_path / "room", "--chapters", "1.1") as room:
        leader, anna = room.leader(), room.client("anna")
        leader.log_in()
        anna.log_in()
        anna.open_notebooks()
        assert anna.post("close", sure="yes").status_code == 403
        assert "stays open" in leader.post("close").text
        assert "The room is closing" in leader.post("close", sure="yes").text
        assert room.process.wait(timeout=120) == 0
    until = time.monotonic() + 60
    while (left := processes_of(tmp_path)) and time.monotonic() < until:
        time.sleep(0.5)
    assert not left, left
    assert list((tmp_path / "room" / "homes" / "anna").glob("*.ipynb"))


def processes_of(place):
    """[(pid, command)] of what belongs to a room: by its environment, or by its command line."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            own = str(place) in process.environ().get("KRATOM_ROOM", "") or any(
                str(place) in word for word in words
            )
            if own and "pytest" not in " ".join(words):
                found.append((process.pid, " ".join(words)[:200]))
    return found


def handed_in(place):
    return {path.name for path in place.glob("exchange/*/inbound/*")}


def window(browser):
    page = browser.new_context(ignore_https_errors=True).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def log_in(page, room, name, password, first=True):
    page.goto(room.base)
    page.fill("#username_input", name)
    page.fill("#password_input", password)
    if first:
        page.fill("#invitation_input", room.invitation)
    page.click("#login_submit", no_wait_after=True)
    page.wait_for_url(lambda url: "/hub/login" not in url, timeout=PATIENCE)


def do_step(page, step, ends="done"):
    page.select_option("#quiz", QUIZ)
    page.click(f"button[value={step}]")
    title = re.compile(rf"{STEPS[step]}.*: (done|stopped|waiting)$")
    page.locator("#step h3", has_text=title).wait_for(timeout=PATIENCE)
    said = page.locator("#step").inner_text()
    assert f": {ends}" in said, said
    page.reload()
    assert page.locator("#quiz").input_value() == QUIZ, "the quiz used last is selected"
    page.locator("#step h3", has_text=title).wait_for(timeout=PATIENCE)


def run_a_cell(page):
    cell = page.locator(".jp-CodeCell").first
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[1]").first.wait_for(timeout=PATIENCE)


def assignment_list(page):
    page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").click()
    page.locator(".lm-Menu-itemLabel", has_text="Assignment List").click()


def fetch(page):
    assignment_list(page)
    page.locator("#released_assignments_list button", has_text="Fetch").click()
    page.locator("#fetched_assignments_list button", has_text="Submit").wait_for(timeout=PATIENCE)


def answer(room, name, how):
    """Answers, written into the fetched notebook as the person's own account would."""
    path = room.folder / "homes" / name / QUIZ / f"{QUIZ}.ipynb"
    course = next(room.folder.rglob(".course-secret")).parent
    items = as_handed_out(load_banks()[QUIZ], course).used_for("graded")
    write_answers(path, items, {item.id: how(item) for item in items})


def validate(page, passes):
    page.locator("#fetched_assignments_list a", has_text=QUIZ).first.click()
    page.locator("#fetched_assignments_list button", has_text="Validate").click()
    page.locator(".jp-Dialog").wait_for(timeout=PATIENCE)
    said = page.locator(".jp-Dialog").inner_text()
    page.locator(".jp-Dialog button").last.click()
    assert ("Success" in said) == passes, said


def submit(page, answered=None):
    page.locator("#fetched_assignments_list button", has_text="Submit").click()
    dialog = page.locator(".kc-dialog")
    dialog.wait_for(timeout=PATIENCE)
    said = dialog.inner_text()
    assert re.search(r"\d+ of \d+ answered", said), said
    assert answered is None or f"{answered} of " in said, said
    dialog.locator("button.kc-primary").click()
    page.locator("#submitted_assignments_list", has_text=QUIZ).wait_for(timeout=PATIENCE)
    return said


def fetch_feedback(page):
    button = page.locator("#submitted_assignments_list button", has_text="Fetch Feedback")
    for _ in range(
        60
        # the post carries feedback every two seconds; the list is empty for a moment after each
        # refresh
    ):
        page.locator("#refresh_assignments_list").click()
        with contextlib.suppress(PlaywrightTimeout):
            button.wait_for(timeout=3000)
            break
    button.click()
    page.locator("#submitted_assignments_list a", has_text="view feedback").first.wait_for(
        state="attached", timeout=PATIENCE
    )  # in a folded row
