"""Longer texts that trainers write, such as a course's description, in Markdown.

Rendered by one library and cleaned by another: raw HTML shows as it was typed, links lead only to web pages,
mail and phone numbers, pictures become their description. The highest heading used is at the third level, below ours.
"""

from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "a", "ul", "ol", "li"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return str(escape(self.renderInlineAsText(tokens[idx].children or [], options, env)))


_markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
_markdown.enable(["table", "strikethrough"])


@lru_cache(maxsize=512)
def render(text: str) -> Markup:
    """A text in Markdown as HTML that is safe to show. Kept: a course's page is opened again and again."""
    tokens = _markdown.parse(text)
    _demote_headings(tokens)
    clean = nh3.clean(
        _markdown.renderer.render(tokens, _markdown.options, {}),
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="nofollow noopener",
    )
    return Markup(clean)  # noqa: S704  cleaned on the line above


def _demote_headings(tokens: Sequence[Token]) -> None:
    """Writers begin at any level; a page must not skip one."""
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 3, 6)}"
