import ast
from collections import Counter

from tests.house.checkout import said, tree, under

TESTS = "tests"


def test_every_function_that_looks_like_a_test_is_collected():
    hidden = []
    for path in under(TESTS):
        top = {node for node in tree(path).body if isinstance(node, ast.FunctionDef)}
        top |= {
            node
            for each in tree(path).body
            if isinstance(each, ast.ClassDef) and each.name.startswith("Test")
            for node in each.body
        }
        hidden += [
            f"{said(path)}:{node.lineno}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
            if node not in top or not path.name.startswith("test_")
        ]

    assert hidden == []


def test_no_test_hides_another_of_the_same_name():
    hidden = []
    for path in under(TESTS):
        counts = Counter(node.name for node in tree(path).body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        hidden += [f"{said(path)}: {name}" for name, count in counts.items() if count > 1]

    assert hidden == []


def test_every_file_with_tests_is_named_so_that_it_is_found():
    strays = [
        said(path)
        for path in under(TESTS)
        if not path.name.startswith("test_")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]

    assert strays == []


def test_no_test_is_expected_to_fail():
    expecting = [
        f"{said(path)}:{node.lineno}"
        for path in under(TESTS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "xfail"
    ]

    assert expecting == []


def test_a_test_that_is_skipped_says_why():
    silent = [
        f"{said(path)}:{node.lineno}"
        for path in under(TESTS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"skip", "skipif"}
        if not (node.func.attr == "skip" and node.args) and not any(word.arg == "reason" for word in node.keywords)
    ]

    assert silent == []


def test_tests_replace_no_code_of_ours():
    """The clock and the surroundings may be set; what a test is about stays real."""
    mocking = [
        f"{said(path)}:{node.lineno}"
        for path in under(TESTS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom | ast.Import)
        if "mock" in " ".join([getattr(node, "module", "") or "", *(alias.name for alias in node.names)]).split(".")
    ]

    assert mocking == []
