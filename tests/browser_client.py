"""A browser without a screen that looks at each page as a careful person would, and fails the test if it is unsound."""

from collections import Counter
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from app import sign_in
from app.db import transaction


class Browser:
    """Somebody's browser. `page` is the last page's soup, `status` and `address` are what it had."""

    def __init__(self, office, person=None):
        self.office, self.client = office, office.app.test_client()
        self.base = office.app.config["SETTINGS"].base_url
        self.page, self.status, self.address, self.answer = None, None, "/", None
        if person is not None:
            self.sign_in_as(person)

    def sign_in_as(self, person, *, is_own_device=False):
        with transaction():
            key = sign_in.start(person, is_own_device=is_own_device, now=self.office.now)
        with self.client.session_transaction(base_url=self.base) as session:
            session.clear()
            session["key"], session["seen"] = key, int(self.office.now.timestamp())
        return self

    def get(self, address, **kwargs):
        return self._asked("GET", address, **self._secure(kwargs))

    def post(self, address, /, **fields):
        """Post fields as they are, without a token."""
        return self._asked("POST", address, data=fields, **self._secure({}, address))

    def submit(self, button="", /, **fields):
        """Fill in the form of this page that has the button and press it; what is not given stays as it is."""
        form = self._form_with(button)
        sent = {**self._filled(form), **fields}
        pressed = next((b for b in form.find_all("button") if button in b.get_text() and b.get("name")), None)
        if pressed is not None:
            sent[pressed["name"]] = pressed.get("value", "")
        address = form.get("action") or self.address
        if (form.get("method") or "get").lower() == "get":
            return self.get(address.partition("?")[0], query_string=sent)
        return self._asked("POST", address, data=sent, **self._secure({}, address))

    def follow(self):
        """Go where the answer redirects to."""
        target = urlsplit(self.answer.headers["Location"])
        return self.get(target.path + (f"?{target.query}" if target.query else ""))

    def click(self, text):
        """Follow the link with this text."""
        link = next(a for a in self.page.find_all("a") if text in " ".join(a.get_text().split()))
        return self.get(urljoin(self.address, link["href"]))

    @property
    def heading(self):
        return " ".join(self.page.h1.get_text().split())

    @property
    def text(self):
        return " ".join(self.page.get_text(" ").split())

    @property
    def main(self):
        return " ".join(self.page.find("main").get_text(" ").split())

    @property
    def errors(self):
        """The sentences of the error summary."""
        summary = self.page.find(class_="nhsuk-error-summary__list") if self.page else None
        return [" ".join(item.get_text().split()) for item in summary.find_all("li")] if summary else []

    def _secure(self, kwargs, address="/"):
        # The service is at an https address, where Flask-WTF wants a referrer of the same origin.
        return {
            **kwargs,
            "base_url": self.base,
            "headers": {"Referer": self.base + address, **kwargs.get("headers", {})},
        }

    def _asked(self, method, address, **kwargs):
        # In a context of its own: else one request would know who made the last, and share its database session.
        with self.office.app.app_context():
            answer = self.client.open(address, method=method, **kwargs)
        return self._answered(answer)

    def _answered(self, answer):
        self.answer, self.status, self.page = answer, answer.status_code, None
        if answer.mimetype == "text/html" and answer.status_code not in {301, 302, 303, 307, 308}:
            self.page, self.address = (
                BeautifulSoup(answer.get_data(as_text=True), "html.parser"),
                answer.request.full_path.rstrip("?"),
            )
            inspect(self.page, answer.status_code)
        return self

    def _form_with(self, button):
        forms = [
            form for form in self.page.find_all("form") if any(button in b.get_text() for b in form.find_all("button"))
        ]
        main = [form for form in forms if form.find_parent("main")]
        if not forms:
            raise AssertionError(f"No form with a button '{button}' on this page")
        return (main or forms)[0]

    @staticmethod
    def _filled(form):
        filled = {}  # by name a list: several boxes may be ticked
        for field in form.find_all(["input", "textarea", "select"]):
            name, kind = field.get("name"), field.get("type", "text")
            if not name or (kind in {"checkbox", "radio"} and not field.has_attr("checked")):
                continue
            if field.name == "textarea":
                value = field.get_text().removeprefix("\n")
            elif field.name == "select":
                chosen = field.find("option", selected=True)
                value = chosen["value"] if chosen else ""
            else:
                value = field.get("value", "yes" if kind == "checkbox" else "")
            filled.setdefault(name, []).append(value)
        return filled


def inspect(page, status):
    """What must hold on every page. Read once from top to bottom: there are thousands of pages to look at."""
    tags = [tag for tag in page.descendants if isinstance(tag, Tag)]
    headings = [tag for tag in tags if tag.name == "h1"]
    assert page.title, "the page has no title"
    assert page.title.get_text().strip(), "the page's title is empty"
    assert len(headings) == 1, f"the page has {len(headings)} h1s"
    assert headings[0].get_text().strip(), "the page's h1 is empty"
    assert page.html.get("lang"), "the page does not say its language"
    ids = Counter(tag["id"] for tag in tags if tag.has_attr("id"))
    repeated = [id_ for id_, count in ids.items() if count > 1]
    assert not repeated, f"ids stand more than once: {repeated}"
    assert not [tag for tag in tags if tag.has_attr("style")], (
        "a style attribute, which the content security policy forbids"
    )
    assert not [tag for tag in tags if tag.name == "script" and not tag.get("src")], "an inline script"
    _inspect_errors(page, status, tags, ids)


def _inspect_errors(page, status, tags, ids):
    summary = next((tag for tag in tags if "nhsuk-error-summary" in tag.get("class", ())), None)
    if status == 422 and page.find("main").find("form", method="post"):
        assert summary, "a form was sent back without saying why"
    if summary is None:
        beside = [tag for tag in tags if "nhsuk-error-message" in tag.get("class", ())]
        assert not beside, "an error beside a field, but no summary"
        return
    assert page.title.get_text().startswith("Error: "), "the title does not say that there is an error"
    for link in summary.find_all("a"):
        assert link["href"][1:] in ids, f"the error summary leads nowhere: {link['href']}"
