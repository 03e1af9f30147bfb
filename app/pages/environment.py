"""How templates are found and how strict they are.

A name that nobody gave a template stops the page: a typo must not print nothing. The NHS.UK macros are
written the other way round: they ask for options of options that nobody gave. So they run in an environment
of their own, in which the answer is nothing. A typo in what we hand to a macro still stops the page.

A service may put its own letters and its own words for help, privacy, accessibility and cookies in
`templates/` of the instance folder. Nothing else can be replaced, so an upgrade cannot break it.
"""

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
)

from app import settings

OVERRIDABLE = frozenset({"help.html", "privacy.html", "accessibility.html", "cookies.html"})


class Overrides(FileSystemLoader):
    """The service's own words and letters, and no other template."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if template not in OVERRIDABLE and not template.startswith("notices/"):
            raise TemplateNotFound(template)
        return super().get_source(environment, template)


class NhsMacros(BaseLoader):
    """The NHS.UK macros, compiled for an environment of their own, whatever environment asks for them."""

    def __init__(self) -> None:
        # They are laid out for Nunjucks with both trims on: half the bytes, and the same elements.
        self._lenient = Environment(
            loader=PackageLoader("nhsuk_frontend_jinja"),
            undefined=ChainableUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  Jinja calls it so
    ) -> Template:
        if not name.startswith("nhsuk/"):
            raise TemplateNotFound(name)
        return self._lenient.get_template(name)


def options(instance: Path) -> dict[str, Any]:
    """What Flask hands to Jinja. instance: the folder that holds the service's own templates."""
    return {
        "undefined": StrictUndefined,
        "autoescape": True,
        "loader": ChoiceLoader(
            [Overrides(instance / "templates"), FileSystemLoader(settings.carried("templates")), NhsMacros()]
        ),
    }
