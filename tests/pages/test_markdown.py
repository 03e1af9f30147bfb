import pytest

from app.pages.markdown import render


def test_a_description_becomes_paragraphs_lists_and_emphasis():
    assert render("Bring:\n\n- a *pen*\n- **paper**\n") == (
        "<p>Bring:</p>\n<ul>\n<li>a <em>pen</em></li>\n<li><strong>paper</strong></li>\n</ul>\n"
    )


def test_headings_start_below_those_of_the_page():
    assert render("# One\n\n## Two\n\n###### Six") == "<h3>One</h3>\n<h4>Two</h4>\n<h6>Six</h6>\n"


def test_links_do_not_vouch_for_where_they_lead():
    assert render("[the policy](https://example.org/policy)") == (
        '<p><a href="https://example.org/policy" rel="nofollow noopener">the policy</a></p>\n'
    )


def test_html_shows_as_it_was_typed():
    assert render("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_a_picture_becomes_its_description():
    assert render("![our <i>room</i>](https://example.org/track.gif)") == "<p>our &lt;i&gt;room&lt;/i&gt;</p>\n"


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"]
)
def test_no_link_runs_or_opens_anything_but_a_page_mail_or_phone(target):
    assert "href" not in render(f"[press]({target})")


def test_tables_keep_their_headings_and_lose_their_style():
    html = render("| When | What |\n| ---: | :--- |\n| 9am | Tea |")

    assert "<th>When</th>" in html
    assert "style" not in html
