import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.checkout import ROOT, files, functions, said, tree, under

MOST_LINES = 400
MOST_OF_A_FUNCTION = 50
EMPTY_WORDS = {
    "util",
    "utils",
    "utility",
    "common",
    "helper",
    "helpers",
    "manager",
    "handle",
    "handler",
    "misc",
    "stuff",
}


def test_imports_point_down():
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_file_of_the_app_is_longer_than_somebody_reads_at_once():
    lengths = {said(path): len(path.read_text("utf-8").splitlines()) for path in under("app")}

    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_no_function_of_the_app_is_longer_than_a_screen():
    lengths = {
        f"{said(path)}: {function.name}": function.end_lineno - function.lineno + 1
        for path in under("app")
        for function in functions(path)
    }

    assert {name: length for name, length in lengths.items() if length > MOST_OF_A_FUNCTION} == {}


def test_nothing_is_called_by_a_word_that_says_nothing():
    named = {said(path): path.stem for path in under("app") + under("tests")}
    for path in under("app"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                named[f"{said(path)}:{node.lineno}"] = node.name
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                named[f"{said(path)}:{node.lineno}"] = node.id

    assert {place: name for place, name in named.items() if words_of(name) & EMPTY_WORDS} == {}


def test_imports_stand_at_the_top_of_a_file():
    local = [
        f"{said(path)}:{node.lineno}"
        for path in under("app")
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert local == []


def test_no_module_says_print_but_the_one_that_serves():
    printing = {
        said(path)
        for path in under("app")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }

    assert printing <= {"app/server.py"}


def test_only_the_door_side_asks_what_time_it_is():
    """Verbs are told the time: a verb that looks at the clock itself cannot be tested, nor repeated."""
    asking = {
        said(path)
        for path in under("app")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"} and said(path) != "app/clock.py"
        if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date", "clock"} and node.attr != "today"
    }

    # Pages, commands, the door in front of them, and the worker's endless loop.
    assert {name for name in asking if not name.startswith("app/pages/")} <= {
        "app/__main__.py",
        "app/door.py",
        "app/notices/worker.py",
    }


def test_only_transaction_commits():
    committing = {
        said(path)
        for path in under("app")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    }

    assert committing == {"app/db.py"}


def test_no_file_names_a_package_registry():
    registries = re.compile(r"(pypi\.org/simple|files\.pythonhosted|registry\.(npmjs|yarnpkg)|index-url\s*=\s*http)")

    assert found_in_files(registries) == []


def test_no_file_names_a_place_on_somebodys_machine():
    places = re.compile(r"(?<![\w.])/(work|root|home/\w+|Users/\w+|tmp/\w+)/")

    assert found_in_files(places) == []


def test_no_file_names_a_document_that_is_not_here():
    known = {path.name for path in files()}
    named = re.compile(r"(?<![\w*])([\w-]+\.md)\b")
    missing = [
        f"{said(path)}: {name}"
        for path in files()
        if path.suffix != ".json"
        and path.name != Path(__file__).name
        and "samples" not in path.parts  # a service's own files, as it handed them over
        for name in named.findall(path.read_text("utf-8"))
        if name not in known
    ]

    assert missing == []


def test_no_file_speaks_of_how_it_came_about():
    words = re.compile(
        r"\b(claude|anthropic|chatgpt|openai|copilot|language model|the brief|acceptance check)\b", re.IGNORECASE
    )

    assert found_in_files(words) == []


def test_no_work_is_left_as_a_note():
    assert found_in_files(re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")) == []


def found_in_files(pattern):
    """'file:line: what' of every match, in all files but this one."""
    found = []
    for path in files():
        if path == Path(__file__).resolve() or path.name == "package-lock.json":
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            found += [f"{said(path)}:{number}: {match.group()}" for match in pattern.finditer(line)]
    return found


def words_of(name):
    """'SessionFull' and 'session_full' are both session and full."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return set(apart.lower().split("_"))
