"""A window of a real browser: what somebody does in it, what they see, and what went wrong unseen."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from app import sign_in
from app.db import transaction

DESK, PHONE = 1280, 320
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE_MS = 10_000

# The first few of what makes the page wider than the screen.
BEYOND_THE_EDGE = """() => {
  const edge = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= edge) return []
  return [...document.querySelectorAll("main *, header *, footer *")]
    .filter(e => e.getBoundingClientRect().right > edge + 1)
    .slice(0, 5)
    .map(e => e.tagName + "." + e.className + ": " + e.textContent.trim().slice(0, 60))
}"""

# What has the focus: its words, and whether one can see that it has it.
FOCUSED = """() => {
  const focused = document.activeElement
  if (!focused || focused === document.body) return {words: "", isSeen: true}
  const drawn = ["checkbox", "radio"].includes(focused.type) ? [focused.nextElementSibling, "::before"] : [focused]
  const look = () => {
    const style = getComputedStyle(...drawn)
    return [style.outline, style.boxShadow, style.backgroundColor, style.borderColor].join()
  }
  const withFocus = look(), box = drawn[0].getBoundingClientRect()
  focused.blur()
  const withoutFocus = look()
  focused.focus({preventScroll: true})
  const label = focused.labels && focused.labels.length ? focused.labels[0].textContent : ""
  return {
    words: (label || focused.innerText || focused.getAttribute("aria-label") || "").trim().replace(/\\s+/g, " "),
    isSeen: withFocus !== withoutFocus && box.width > 0 && box.height > 0,
  }
}"""


class Screen:
    """scripts: whether JavaScript runs. person: who is signed in. `faults` collects what nobody would have seen."""

    def __init__(self, office, chromium, *, width=DESK, scripts=True, person=None):
        self.office, self.clicks, self.faults = office, 0, []
        self.base = office.app.config["SETTINGS"].base_url
        self.context = chromium.new_context(
            viewport={"width": width, "height": 800 if width > 700 else 640},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE_MS)
        if person is not None:
            self.sign_in_as(person)
        self.page = self.context.new_page()
        self.seen = []  # the addresses of the pages that were looked at
        self.page.on("load", lambda page: self.seen.append(urlsplit(page.url).path))
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda fault: self.faults.append(f"script: {fault}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def sign_in_as(self, person):
        with transaction():
            key = sign_in.start(person, is_own_device=False, now=self.office.now)
        app = self.office.app
        signer = app.session_interface.get_signing_serializer(app)
        value = signer.dumps({"key": key, "seen": int(self.office.now.timestamp())})
        self.context.add_cookies([{"name": app.config["SESSION_COOKIE_NAME"], "value": value, "url": self.base}])

    # --- what somebody does ---

    def open(self, address):
        self.status = self.page.goto(address if "://" in address else self.base + address).status
        return self

    def click(self, words):
        """Click the link or button that says so; in the page itself if it is there, else in its frame."""
        self.clicks += 1
        anywhere = self.page.get_by_role("link", name=words).or_(self.page.get_by_role("button", name=words))
        inside = self.page.get_by_role("main").locator(anywhere)
        with self.page.expect_navigation():
            (inside if inside.count() else anywhere).first.click()
        return self

    def fill(self, label, text):
        self.page.get_by_label(label).fill(text)
        return self

    def tick(self, label):
        """Tick a box, or choose one of several."""
        self.page.get_by_label(label).first.check()
        return self

    def fill_day(self, question, on):
        """A date in its three boxes."""
        boxes = self.page.get_by_role("group", name=question)
        for name, value in (("Day", on.day), ("Month", on.month), ("Year", on.year)):
            boxes.get_by_label(name).fill(str(value))
        return self

    def tab_to(self, words):
        """Press Tab until what has these words has the focus; on the way, each stop is seen to have it."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(FOCUSED)
            assert focused["isSeen"], f"nobody can see that '{focused['words']}' has the focus"
            if words in focused["words"]:
                return self
        raise AssertionError(f"Tab never came to '{words}'")

    def press(self, key):
        self.page.keyboard.press(key)
        return self

    def enter(self):
        """Press Enter on what leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self

    def type(self, text):
        self.page.keyboard.type(text)
        return self

    def close(self):
        self.context.close()

    # --- what they see ---

    @property
    def heading(self):
        return " ".join(self.page.get_by_role("heading", level=1).inner_text().split())

    @property
    def main(self):
        return " ".join(self.page.get_by_role("main").inner_text().split())

    @property
    def path(self):
        return urlsplit(self.page.url).path

    @property
    def focused(self):
        return self.page.evaluate(FOCUSED)["words"]

    def shows_first(self, words):
        """Whether this can be read without scrolling."""
        found = self.page.get_by_role("main").get_by_text(words).first.bounding_box()
        return found is not None and found["y"] + found["height"] <= self.page.viewport_size["height"]

    def beyond_the_edge(self):
        """What makes the page scroll sideways."""
        return self.page.evaluate(BEYOND_THE_EDGE)

    def axe(self):
        """What axe objects to, as 'rule: element'."""
        self.page.evaluate(_axe())  # not an element of the page, so the policy stays in force
        found = self.page.evaluate(
            f"() => axe.run(document, {{runOnly: {json.dumps(RULES)}, resultTypes: ['violations']}})"
        )
        return [f"{fault['id']}: {node['html'][:200]}" for fault in found["violations"] for node in fault["nodes"]]

    # --- what nobody sees ---

    def _said(self, message):
        # That a page was refused is said in the console too; what came of it is for the test to say.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _asked(self, request):
        if not request.url.startswith(self.base):
            self.faults.append(f"asked another host: {request.url}")

    def _answered(self, response):
        is_part = response.request.resource_type != "document"
        if response.status >= 500 or (is_part and response.status >= 400):
            self.faults.append(f"{response.status}: {response.url}")


@cache
def _axe():
    return AXE.read_text("utf-8")
