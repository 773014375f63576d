"""In a real browser the page hands its code to the agent on this machine, and shows what came of it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Route, sync_playwright

from motcua.shell.security import content_security_policy

SCRIPT = Path(__file__).parents[2] / "src/motcua/systems/authority/static/authority/device.js"
PAGE = """<!doctype html><script type="module" src="/device.js"></script>
<div data-agent="http://127.0.0.1:20262" data-code="ABCD EFGH" data-waiting="wait" data-absent="absent" hidden>
<button type="button">sign</button><p role="status"></p></div>"""


def test_the_button_sends_the_code_and_says_when_nobody_answers() -> None:
    site, asked = "http://site.test", list[str]()
    policy = {"Content-Security-Policy": content_security_policy(connect=("http://127.0.0.1:20262",))}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.route(f"{site}/", lambda r: r.fulfill(body=PAGE, content_type="text/html", headers=policy))
        page.route(
            f"{site}/device.js",
            lambda r: r.fulfill(body=SCRIPT.read_text(), content_type="text/javascript"),
        )
        page.route("http://127.0.0.1:20262/sign", lambda r: r.abort())
        page.goto(f"{site}/")
        page.get_by_role("button").click()
        page.get_by_text("absent").wait_for()
        allow = {"Access-Control-Allow-Origin": site}
        page.unroute("http://127.0.0.1:20262/sign")

        def take(route: Route) -> None:
            asked.append(route.request.post_data or "")
            route.fulfill(json={"signed": 1, "refused": 0}, headers=allow)

        page.route("http://127.0.0.1:20262/sign", take)
        with page.expect_navigation():
            page.get_by_role("button").click()
        browser.close()
    assert asked == ['{"code":"ABCD EFGH"}']
