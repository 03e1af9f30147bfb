"""Longer texts that trainers write, such as a course's description, in Markdown.

Rendered by one library and cleaned by another: raw HTML shows as it was typed, links lead only to web pages,
mail and phone numbers, pictures become their description. Headings start at the third level, below ours.
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
    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        tokens[idx].tag = _demoted(tokens[idx].tag)
        return self.renderToken(tokens, idx, options, env)

    heading_close = heading_open

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return str(escape(self.renderInlineAsText(tokens[idx].children or [], options, env)))


_markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
_markdown.enable(["table", "strikethrough"])


@lru_cache(maxsize=512)
def render(text: str) -> Markup:
    """A text in Markdown as HTML that is safe to show. Kept: a course's page is opened again and again."""
    clean = nh3.clean(
        _markdown.render(text),
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="nofollow noopener",
    )
    return Markup(clean)  # noqa: S704  cleaned on the line above


def _demoted(tag: str) -> str:
    return f"h{min(int(tag[1]) + 2, 6)}"
