"""The checkout that is being tested: its files, as git would commit them."""

import ast
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENDINGS = {".py", ".md", ".toml", ".html", ".jinja", ".js", ".mjs", ".scss", ".json", ".csv", ".txt", ".mako", ".yml"}
NAMES = {"Makefile", "run", "LICENSE", ".npmrc", ".editorconfig", ".gitignore"}


@cache
def files():
    """Every file with words in it that is or would be committed."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return tuple(path for part in ("app", "tests", "templates", "migrations", "docs") for path in walked(part))
    listed = subprocess.run(
        [git, "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file() and (path.suffix in ENDINGS or path.name in NAMES))


def walked(part):
    return [path for path in sorted((ROOT / part).rglob("*")) if path.is_file() and path.suffix in ENDINGS]


def under(part, ending=".py"):
    return [path for path in files() if path.is_relative_to(ROOT / part) and path.suffix == ending]


def said(path):
    """'app/door.py' of a file, for messages."""
    return str(path.relative_to(ROOT))


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"))


def functions(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
