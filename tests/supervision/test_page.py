"""The page in a real browser, over real sockets: what a supervisor sees of a call."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.supervision.desk import WALL, Bot, Desk

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SENTENCE = "Welcome to the Corner Bakery, how can I help you?"

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
async def browser(program: Callable[[str], Path]) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program("chromium"), args=ARGUMENTS)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def signed_in(desk: Desk, browser: Browser, expected: str = "", **how: Any) -> AsyncIterator[Page]:
    """A page that was signed in by a link; whatever else than ``expected`` the browser complains about is a failure."""
    context = await browser.new_context(**how)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    await page.goto(f"{desk.url}/sign-in?code={desk.auth.sign_in_code('anna', 'supervisor')}")
    await page.wait_for_url(f"{desk.url}/")
    await expect(page.locator("#link")).to_have_text("Connected")
    yield page
    await context.close()
    assert set(complaints) <= {expected}


def output(bot: Bot, status: str, accumulated: str, text: str = SENTENCE, segment: int = 41) -> None:
    """A ``bot-output`` in the course of a spoken segment."""
    progress = {"accumulated_text": accumulated, "remaining_text": text[len(accumulated) :]}
    data = {"text": text, "aggregated_by": "sentence", "segment_id": segment, "spoken": bool(accumulated)}
    bot.tell("bot-output", data | {"will_be_spoken": True, "spoken_status": status, "spoken_progress": progress})


def heard(bot: Bot, text: str, *, final: bool) -> None:
    data = {"text": text, "user_id": "", "timestamp": "2027-01-15T08:00:09.000Z", "final": final}
    bot.tell("user-transcription", data, droppable=not final)


def conversation(desk: Desk, bot: Bot) -> None:
    """A call with everything in it that the page can show."""
    desk.hub.call_updated("CA1", latency_ms=412, speaking="bot")
    output(bot, "new", "")
    output(bot, "in-progress", "Welcome to the Corner Bakery, how")
    bot.tell("bot-interrupted")
    heard(bot, "where is", final=False)
    heard(bot, "where is my order four two", final=True)
    bot.tell("metrics", {"ttfb": [{"processor": "tts#3", "value": 0.084}, {"processor": "stt#1", "value": 0.131}]})
    call = {"tool_call_id": "t1", "function_name": "order_status"}
    bot.tell("llm-function-call-in-progress", call | {"arguments": {"number": "42"}})
    bot.tell("llm-function-call-stopped", call | {"cancelled": False, "result": {"status": "baked", "when": "10:30"}})
    output(bot, "completed", "Order 42 is ready.", "Order 42 is ready.", 42)
    bot.tell("error", {"error": "speech engine <b>restarted</b>", "message": "", "fatal": False})
    heard(bot, "and when do you", final=False)
    output(bot, "in-progress", "You can pick it up ", "You can pick it up until six this evening.", 43)


async def test_live_calls_come_and_go_in_the_list(desk: Desk, browser: Browser) -> None:
    async with signed_in(desk, browser) as page:
        await expect(page.locator("#none")).to_be_visible()
        desk.call("CA1").said("Hello <i>there</i>")
        desk.hub.call_updated("CA1", speaking="caller")
        row = page.locator("#calls a")
        await expect(row.locator(".number")).to_have_text("+15550100001")
        await expect(row.locator(".plan")).to_have_text("reception")
        await expect(row.locator(".state")).to_have_text("Caller speaks")
        await expect(row.locator(".words")).to_have_text("Bot: Hello <i>there</i>")
        await expect(page).to_have_title("(1) Live calls")
        desk.hub.call_ended("CA1", outcome="completed")
        await expect(row.locator(".state")).to_have_text("completed")
        await expect(page).to_have_title("Live calls")


async def test_dialplans_with_mistakes_are_told_as_long_as_they_are_there(desk: Desk, browser: Browser) -> None:
    desk.mistakes.append("a.yaml:3: steps.<b>x</b>: nobody gets here, expected a step that leads to it")
    async with signed_in(desk, browser) as page:
        told = page.locator("#trouble")
        await expect(told).to_have_text(f"Dialplans with mistakes are not taken:\n{desk.mistakes[0]}")
        desk.mistakes.clear()
        await expect(told).to_be_hidden(timeout=20_000)


async def test_engines_that_are_out_of_order_are_told_until_they_work_again(desk: Desk, browser: Browser) -> None:
    well = {"role": "synthesizer", "engine": "piper", "state": "up", "since": "2027-01-15T08:00:00.000Z"}
    desk.engines += [well, {**well, "role": "llm", "engine": "spare", "state": "probing"}]
    async with signed_in(desk, browser) as page:
        told = page.locator("#trouble")
        await expect(told).to_have_text(
            re.compile(r"^Language model spare has been out of order since \S+( [AP]M)?, and is tried again\.$")
        )
        desk.engines[1]["state"] = "up"
        await expect(told).to_be_hidden(timeout=20_000)


async def test_a_conversation_is_shown_as_it_happens(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.locator("#calls a").click()
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        output(bot, "new", "")
        line = page.locator("#talk .bot")
        await expect(line.locator(".rest")).to_have_text(SENTENCE)
        output(bot, "in-progress", "Welcome to the ")
        await expect(line.locator(".spoken")).to_have_text("Welcome to the ")
        await expect(page.locator("#talk .speaking .rest")).to_have_text("Corner Bakery, how can I help you?")
        bot.tell("bot-interrupted")
        await expect(line.locator(".mark")).to_have_text("cut off here")
        heard(bot, "where", final=False)
        caller = page.locator("#talk .caller")
        await expect(page.locator("#talk .caller.interim .text")).to_have_text("where")
        heard(bot, "where is my order", final=True)
        await expect(caller.locator(".text")).to_have_text("where is my order")
        await expect(page.locator("#talk .interim")).to_have_count(0)
        await expect(page.locator("#aloud")).to_have_text("Caller: where is my order")


async def test_function_calls_errors_and_measurements_are_shown_and_nothing_becomes_markup(
    desk: Desk, browser: Browser
) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.locator("#calls a").click()
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        conversation(desk, bot)
        function = page.locator("#talk .function")
        await expect(function).to_have_text(
            'order_status has answeredwith {"number":"42"}result {"status":"baked","when":"10:30"}'
        )
        await expect(page.locator("#talk .error")).to_have_text("Error: speech engine <b>restarted</b>")
        await expect(page.locator("#measures li")).to_have_text(
            ["Reply after turn412 ms", "tts, first result84 ms", "stt, first result131 ms"]
        )


async def test_what_a_call_waits_for_and_what_other_supervisors_do_is_shown(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        now = page.locator("#now")
        await expect(now).to_have_text(re.compile("^Bot thinks"))
        desk.hub.call_updated("CA1", waits_for="caller")
        await expect(now).to_have_text("Quiet")
        desk.hub.call_updated("CA1", waits_for="function", speaking="bot")
        await expect(now).to_have_text(re.compile("^Asks a supervisor"))
        desk.hub.call_updated("CA1", state="line lost")
        await expect(now).to_have_text(re.compile("^Line lost"))
        desk.hub.call_updated("CA1", state="live", taken_over_by="vera", speaking="caller")
        await expect(now).to_have_text("Taken over by vera")
        deed = {"type": "supervisor-acted", "who": "vera", "role": "coach", "at": "2027-01-15T08:00:00.000Z"}
        bot.tell("server-message", deed | {"what": "action call:take_over", "outcome": "done"})
        refused = "Not permitted: the role 'coach' lacks the permission 'send-text'."
        bot.tell("server-message", deed | {"what": "send-text", "outcome": refused})
        bot.tell("server-message", deed | {"what": "update-config vad", "outcome": "done"})
        await expect(page.locator("#talk .deed")).to_have_text(
            ["vera took the call over", f"vera: send-text ({refused})", "vera: update-config vad"]
        )
        await expect(page.locator("#talk .refused")).to_have_count(1)


async def test_what_a_supervisor_says_for_the_caller_is_not_shown_as_the_callers(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    bot.conversation.user_typed("good day", "bert")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        bot.tell("server-message", {"type": "said-for-caller", "by": "anna", "text": "5", "keys": True})
        bot.tell("user-llm-text", {"text": "5"})
        bot.tell("user-llm-text", {"text": "5"})
        names = page.locator("#talk .caller .name")
        await expect(names).to_have_text(["bert, for the caller", "anna, for the caller", "Caller pressed"])
        await expect(page.locator("#talk .caller.keys")).to_have_count(2)
        bot.conversation.user_typed("yes", "bert")
        desk.hub.call_updated("CA1", speaking="caller")
        await expect(page.locator("#calls .words")).to_have_text("Supervisor: yes")


REFUND: dict[str, Any] = {"tool_call_id": "t1", "function_name": "refund", "arguments": {"euros": 40}}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("Approve", True),
        ("Refuse", False),
        (" next week ", "next week"),
        ('{"day": "Monday"}', {"day": "Monday"}),
        ("{half", "{half"),
    ],
)
async def test_a_function_that_waits_for_a_supervisor_is_answered_on_the_page(
    desk: Desk, browser: Browser, answer: str, result: object
) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        bot.tell("llm-function-call-in-progress", REFUND)
        function = page.locator("#talk .function")
        await expect(function.locator(".label")).to_have_text("refund is running")
        await expect(function.locator("form")).to_have_count(0)
        desk.hub.call_updated("CA1", waits_for="function")
        await expect(function.locator(".label")).to_have_text("refund waits for your answer")
        button = page.get_by_role("button", name=answer)
        if isinstance(result, bool):
            await button.click()
        else:
            await page.get_by_role("textbox").fill(answer)
            await page.get_by_role("textbox").press("Enter")
        await expect(page.locator("#talk .error")).to_have_text("refused")
        (sent,) = bot.requests
        assert (sent["type"], sent["data"]) == (
            "llm-function-call-result",
            {"function_name": "refund", "tool_call_id": "t1", "arguments": {"euros": 40}, "result": result},
        )
        bot.tell("llm-function-call-stopped", {"tool_call_id": "t1", "cancelled": False, "function_name": "refund"})
        await expect(function.locator(".label")).to_have_text("refund has answered")
        await expect(page.locator("#talk form")).to_have_count(0)


async def test_who_sees_no_arguments_is_not_asked_on_the_page(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        desk.hub.call_updated("CA1", waits_for="function")
        bot.tell("llm-function-call-in-progress", {"tool_call_id": "t1", "function_name": "refund"})
        await expect(page.locator("#talk .function")).to_have_text("refund is running")
        await expect(page.locator("#talk form")).to_have_count(0)


async def test_a_late_viewer_that_is_told_twice_of_a_function_shows_it_once(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    bot.functions = [REFUND]
    desk.hub.call_updated("CA1", waits_for="function")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#talk .function form")).to_have_count(1)
        bot.tell("llm-function-call-in-progress", REFUND)
        bot.tell("error", {"error": "behind it", "message": "", "fatal": False})
        await expect(page.locator("#talk .error")).to_have_count(1)
        await expect(page.locator("#talk .function .detail")).to_have_text(['with {"euros":40}'])
        await expect(page.locator("#talk .function form")).to_have_count(1)


async def test_a_late_viewer_sees_the_functions_that_run(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    bot.functions = [{"tool_call_id": "t1", "function_name": "approve", "arguments": {"euros": 40}}]
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        function = page.locator("#talk .function")
        await expect(function).to_have_text('approve is runningwith {"euros":40}')
        bot.tell("llm-function-call-stopped", {"tool_call_id": "t1", "cancelled": False, "result": "yes"})
        await expect(function).to_have_text('approve has answeredwith {"euros":40}result yes')


async def test_what_was_heard_is_told_after_the_interruption_and_pressed_keys_are_shown(
    desk: Desk, browser: Browser
) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        output(bot, "new", "")
        bot.tell("bot-interrupted")
        output(bot, "in-progress", "Welcome to ")
        bot.tell("bot-stopped-speaking")
        bot.tell("user-llm-text", {"text": "where is my order"})
        bot.tell("user-llm-text", {"text": "42#"})
        await expect(page.locator("#talk .keys .text")).to_have_text(["42#"])
        await expect(page.locator("#talk .cut .rest")).to_have_text("the Corner Bakery, how can I help you?")
        await expect(page.locator("#talk .speaking")).to_have_count(0)
        output(bot, "completed", SENTENCE)
        await expect(page.locator("#talk .cut")).to_have_count(0)


async def test_words_that_were_not_understood_make_way_for_the_next_ones(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        heard(bot, "mumble", final=False)
        output(bot, "completed", SENTENCE)
        await expect(page.locator("#talk li .text")).to_have_text(["mumble", SENTENCE])
        heard(bot, "opening", final=False)
        await expect(page.locator("#talk li .text")).to_have_text([SENTENCE, "opening"])
        heard(bot, "opening hours", final=True)
        await expect(page.locator("#talk li .text")).to_have_text([SENTENCE, "opening hours"])


async def test_a_signed_out_page_says_so(desk: Desk, browser: Browser) -> None:
    expected = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
    async with signed_in(desk, browser, expected) as page:
        desk.auth.credentials.revoke("anna")
        desk.hub.close()
        await expect(page.locator("h1")).to_have_text("Please sign in")


async def test_a_late_viewer_sees_what_was_said_before_and_what_was_cut(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    bot.said(SENTENCE, "Welcome to ")
    bot.heard("Where is my order?", WALL + 65)
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#talk .bot .spoken")).to_have_text("Welcome to ")
        await expect(page.locator("#talk .bot .mark")).to_have_count(1)
        await expect(page.locator("#talk .caller .text")).to_have_text("Where is my order?")
        await expect(page.locator("#talk .caller time")).to_have_text("01:05")


async def test_after_a_lost_connection_the_page_shows_what_it_missed(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        heard(bot, "before", final=True)
        await expect(page.locator("#talk .caller .text")).to_have_text(["before"])
        subject = desk.hub.subject("CA1")
        assert subject is not None
        for feed in subject.ready():
            feed.close(1012, "a loss")
        heard(bot, "meanwhile", final=True)
        await expect(page.locator("#talk .caller .text")).to_have_text(["before", "meanwhile"])


async def test_the_end_of_a_call_is_told_and_its_conversation_stays(desk: Desk, browser: Browser) -> None:
    bot = desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.goto(f"{desk.url}/#CA1")
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        heard(bot, "goodbye", final=True)
        desk.hub.call_ended("CA1", outcome="completed", duration_secs=83.2)
        await expect(page.locator("#talk .note")).to_have_text("The call has ended after 01:23: completed")
        await expect(page.locator("#talk .caller .text")).to_have_text("goodbye")
        await expect(page.locator("#open[data-link=ended]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
async def test_the_page_fits_wide_and_narrow_windows_light_and_dark(
    desk: Desk, browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    bot = desk.call("CA1")
    desk.call("CA2").heard("A table for four on Saturday evening, please, if you still have one")
    desk.hub.call_updated("CA2", speaking="caller")
    viewport = {"width": width, "height": 800}
    async with signed_in(desk, browser, viewport=viewport, color_scheme=scheme) as page:
        await page.screenshot(path=tmp_path / "calls.png")
        await page.locator("#calls a").last.click()
        await expect(page.locator("#open[data-link=live]")).to_be_visible()
        conversation(desk, bot)
        await expect(page.locator("#talk .bot")).to_have_count(3)
        await page.screenshot(path=tmp_path / "call.png")
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        assert await page.locator("nav").is_visible() is (width == 1280)


async def test_messages_that_callers_left_are_listed_and_can_be_heard(desk: Desk, browser: Browser) -> None:
    call = {"call_id": "CA/1", "caller": "+15550100001", "dialplan": "Practice"}
    desk.left.append({"call": call, "number": 2, "started_at": WALL, "secs": 72.4, "transcript": "Call <b>me</b>."})
    async with signed_in(desk, browser) as page:
        await expect(page.locator("#messages li")).to_have_count(1)
        item = page.locator("#messages li")
        await expect(item.locator(".number")).to_have_text("+15550100001")
        await expect(item.locator(".age")).to_have_text("01:12")
        await expect(item.locator(".plan")).to_contain_text("Practice, ")
        await expect(item.locator(".words")).to_have_text("Call <b>me</b>.")
        await expect(item.locator("audio")).to_have_attribute("src", "/api/calls/CA%2F1/messages/2")


async def test_without_messages_there_is_no_list_of_them(desk: Desk, browser: Browser) -> None:
    async with signed_in(desk, browser) as page:
        await expect(page.locator("#messages")).to_be_hidden()


async def test_supervisors_see_whether_a_call_is_being_recorded(desk: Desk, browser: Browser) -> None:
    desk.call("CA1")
    async with signed_in(desk, browser) as page:
        await page.locator("#calls a").click()
        facts = page.locator("#facts")
        await expect(facts).to_contain_text("to +15550100002")
        desk.hub.call_updated("CA1", recording=True)
        await expect(facts).to_contain_text("being recorded")
        desk.hub.call_updated("CA1", recording=False)
        await expect(facts).not_to_contain_text("being recorded")
