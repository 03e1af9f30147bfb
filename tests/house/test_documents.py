import re
import tomllib

import click
import pytest

from app.__main__ import main
from app.notices.kinds import KINDS
from app.settings import Settings
from tests.house.checkout import ROOT, said, under

SETTINGS = sorted(set(Settings.model_fields) - {"instance"})


def text(name):
    return (ROOT / name).read_text("utf-8")


def commands(group=main, before=()):
    """'people add' and so on: everything that can be called."""
    found = []
    for name, command in group.commands.items():
        names = (*before, name)
        found += commands(command, names) if isinstance(command, click.Group) else [" ".join(names)]
    return found


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented_with_its_type_default_and_an_example(name):
    [row] = [line for line in text("docs/settings.md").splitlines() if line.startswith(f"| `{name.upper()}`")]

    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 5
    assert all(cells)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_a_line_to_copy(name):
    assert re.search(rf"^#? ?{name.upper()} = ", text("instance/settings.example.toml"), re.MULTILINE)


def test_no_document_speaks_of_a_setting_that_is_not_there():
    known = {name.upper() for name in Settings.model_fields} | {"BROWSER_TESTS"}
    named = {
        (said(path), name)
        for path in [*under("docs", ".md"), ROOT / "README.md"]
        if path.parent.name != "how-to"  # which make one up
        for name in re.findall(r"ROOMFUL_([A-Z_]+)", path.read_text("utf-8"))
    }

    assert {(place, name) for place, name in named if name not in known and name} == set()


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command):
    assert re.search(rf"^\| `roomful {command}\b", text("docs/commands.md"), re.MULTILINE)


@pytest.mark.parametrize("command", commands())
def test_every_option_of_a_command_is_documented(command):
    group = main
    for name in command.split():
        group = group.commands[name]
    [row] = re.findall(rf"^\| `roomful {command}[` \[].*$", text("docs/commands.md"), re.MULTILINE)[:1]

    options = {
        name
        for option in group.params
        if isinstance(option, click.Option) and not option.hidden
        for name in option.opts
    }
    assert {name for name in options if name.startswith("--") and name not in row} == set()


def test_flask_has_the_same_commands():
    entry_points = tomllib.loads(text("pyproject.toml"))["project"]["entry-points"]["flask.commands"]

    assert set(entry_points) == set(main.commands)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_notice_has_a_letter_and_is_documented(kind):
    letter = text(f"templates/notices/{kind}.jinja")

    assert "{% block subject %}" in letter
    assert "{% block body %}" in letter
    assert any(f"`{kind}`" in path.read_text("utf-8") for path in under("docs", ".md"))


def test_there_is_no_letter_of_no_kind():
    letters = {path.stem for path in under("templates/notices", ".jinja")}

    assert letters == set(KINDS) | {"letter", "parts"}


def test_what_the_readme_tells_to_make_can_be_made():
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    told = set(re.findall(r"^\s*make ([a-z-]+)", text("README.md"), re.MULTILINE))

    assert told
    assert told <= targets


def test_what_the_readme_tells_to_make_is_what_is_run_before_a_change_is_accepted():
    """`make run` serves until somebody stops it: the first start has long tests of its own."""
    run = set(re.findall(r"^make ([a-z-]+)$", text(".ci/run"), re.MULTILINE))
    told = set(re.findall(r"^\s*make ([a-z-]+)", text("README.md"), re.MULTILINE))

    assert told - {"run"} <= run
    assert (ROOT / "tests/long/test_first_start.py").exists()


def test_commands_in_the_readme_are_commands():
    told = set(re.findall(r"^\s*(?:\.venv/bin/)?roomful ([a-z-]+(?: import| add)?)", text("README.md"), re.MULTILINE))

    assert told <= set(commands())


@pytest.mark.parametrize("path", under("docs", ".md"), ids=said)
def test_a_link_in_a_document_leads_somewhere(path):
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", path.read_text("utf-8"))

    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", under("docs/how-to", ".md"), ids=said)
def test_a_how_to_is_at_most_fifteen_lines(path):
    assert len([line for line in path.read_text("utf-8").splitlines() if line.strip()]) <= 15


def test_a_decision_that_code_cites_has_been_written_down():
    decided = set(re.findall(r"\bD\d+\b", text("docs/decisions.md")))
    cited = {
        (said(path), number)
        for part in ("app", "templates", "migrations", "docs")
        for ending in (".py", ".html", ".md")
        for path in under(part, ending)
        for number in re.findall(r"\bD\d{1,3}\b", path.read_text("utf-8"))
    }

    assert {(place, number) for place, number in cited if number not in decided} == set()
