"""The quality floor: what Suzgi makes of the labelled example pages may only get better."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from transforms.text.decode import decode
from transforms.text.language import identify_page
from transforms.text.lines import split_lines
from transforms.text.page import Page, line_roles, read_page

EXAMPLES = Path(__file__).parents[1] / "examples"
LABELS = [json.loads(line) for line in (EXAMPLES / "labels.jsonl").read_text("utf-8").splitlines()]

ROLES_FLOOR = 0.985
"""Share of lines with exactly the labelled role; raise it when the rules get better."""
TEXT_FIELDS = ("title", "published_text", "section", "source")


def read_example(label: dict[str, Any]) -> Page:
    """Return a labelled page as Suzgi reads it."""
    content = (EXAMPLES / label["file"]).read_bytes()
    if label["file"].endswith(".gz"):
        content = gzip.decompress(content)
    return read_page(split_lines(decode(content).text))


def test_roles_are_right_up_to_the_floor() -> None:
    right = total = 0
    for label in LABELS:
        roles = line_roles(read_example(label))
        gold = {int(number): role for number, role in label["roles"].items()}
        assert roles.keys() == gold.keys()
        right += sum(roles[number] == role for number, role in gold.items())
        total += len(gold)
    assert right / total >= ROLES_FLOOR


def test_no_paragraph_is_lost() -> None:
    for label in LABELS:
        roles = line_roles(read_example(label))
        lost = [n for n, role in label["roles"].items() if role == "paragraph" != roles[int(n)]]
        assert lost == [], label["file"]


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label["file"])
def test_fields_languages_and_scripts_are_right(label: dict[str, Any]) -> None:
    page = read_example(label)
    gold = label["fields"]
    said = {name: getattr(page.fields, name) for name in TEXT_FIELDS}
    title = gold.get("title")
    expected = {name: gold.get(name) for name in TEXT_FIELDS} | {
        "title": title["text"] if isinstance(title, dict) else title
    }
    assert said == expected
    assert list(page.fields.authors) == gold.get("authors", [])
    assert page.fields.view_count == gold.get("view_count")
    language = identify_page([paragraph.text for paragraph in page.paragraphs])
    assert (language.language, language.script) == (label["language"], label["script"])
