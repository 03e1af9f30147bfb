"""Whatever a browser sends, no page breaks: what nobody can type on a form either, sent by hand or by a machine."""

import pytest

from tests.pages.scene import Scene, routes

HUGE = "9" * 20
ODD = {
    "huge": HUGE,
    "a huge negative": f"-{HUGE}",
    "longer": "9" * 5_000,
    "hidden": "a\x00b",
    "half a letter": "\ud800",
    "turned round": "\u202egpj.exe",
    "year one": "0001-01-01",
    "the last year": "9999-12-31",
    "digits of another script": "٩٩٩",
    "a formula": "=1+1",
    "nothing": "",
    "many lines": "a line\n" * 10_000,
    "a path": "../../etc/passwd",
    "braces": "{0.__class__} %s {x!r}",
}
ASKED = (
    *("page", "part", "parts", "like", "room", "places", "trainer", "minimum", "opens", "closes", "draft", "apart"),
    *("view", "mine", "q", "state", "before", "again", "on", "site", "day-day", "day-month", "day-year", "found", "role"),
    *("next", "done", "copy", "go", "add", "fewer", "show", "topic", "format", "from", "saved"),
)


def rules_of(office, method):
    return sorted(rule for (rule, of) in routes(office.app) if of == method and "static" not in rule)


def unserved(browser, address):
    return [address] if browser.status >= 500 else []


@pytest.mark.parametrize("kind", sorted(ODD))
def test_no_question_in_an_address_breaks_a_page(office, kind):
    scene = Scene(office)
    browser = scene.browser("coordinator")
    sent = ODD[kind][:2_000].encode("utf-8", "surrogatepass")
    broken = []
    for rule in rules_of(office, "GET"):
        address = scene.address(rule, "coordinator").partition("?")[0]
        for names in ({name: sent for name in ASKED}, *({name: sent} for name in ("page", "before", "part", "on"))):
            try:
                browser.get(address, query_string=names)
            except Exception as fault:
                broken.append((rule, list(names)[:1], repr(fault)[:300]))
    assert broken == []


@pytest.mark.parametrize("kind", sorted(ODD))
def test_no_answer_to_a_form_breaks_a_page(office, kind):
    scene = Scene(office)
    browser = scene.browser("coordinator")
    sent = ODD[kind].encode("utf-8", "surrogatepass")
    broken = []
    for rule in rules_of(office, "POST"):
        if rule in {"/sign-out", "/me/sign-out-everywhere"}:
            continue
        address = scene.address(rule, "coordinator")
        for fields in variants(browser, address, sent):
            try:
                browser.post(address, **fields)
            except Exception as fault:
                changed = [name for name, value in fields.items() if value == sent]
                broken.append((rule, changed, repr(fault)[:300]))
    assert broken == []


def variants(browser, address, sent):
    """A page's form with each of its answers replaced in turn; then all of them."""
    browser.get(address)
    token = browser.get("/help").page.find("input", {"name": "csrf_token"})["value"]
    page = browser.get(address).page
    if page is None or browser.status >= 400:
        return [{"csrf_token": token, "go": sent, "remove": sent}]
    forms = [form for form in page.find("main").find_all("form") if (form.get("method") or "").lower() == "post"]
    found = []
    for form in forms:
        names = {each["name"] for each in form.find_all(["input", "textarea", "select", "button"]) if each.get("name")}
        filled = {**browser._filled(form), "csrf_token": token}
        found += [{**filled, name: sent} for name in sorted(names - {"csrf_token"})]
        found += [{**filled, name: sent, "go": "yes"} for name in sorted(names - {"csrf_token"})]
        found.append({**{name: sent for name in names}, "csrf_token": token})
        found.append({"csrf_token": token})
        found.append({"csrf_token": token, "go": "yes"})
    return found
