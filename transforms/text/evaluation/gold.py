"""Labelled pages, read from the records of the two label formats.

*Coarse* labels (`lines`, `role` per line: body, boiler, title …) know body from boilerplate and
perhaps a title, an author, a date. *Exact* labels (`file`, `roles` by line number, `fields`) know
every line's role and everything that the page states: what they leave out, it does not state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

BODY: Final = "body"
BOILERPLATE: Final = "boiler"
PARAGRAPH: Final = "paragraph"
REMOVED_PREFIX: Final = "removed:"

COARSE_ROLES = frozenset({BODY, BOILERPLATE, "title", "author", "date", "punct"})
ZONE_KEY = "published_at_with_timezone_"
EXACT_FIELDS: Mapping[str, object] = {
    "title": None,
    "title_line": None,
    "authors": [],
    "published_text": None,
    "published_date": None,
    "published_at": None,
    "dateline": None,
    "section": None,
    "source": None,
    "view_count": None,
    "comment_count": None,
    "tags": [],
}
"""What an exactly labelled page states when its labels say nothing of a field."""
DATELINE = {"line": None, "place": None, "date_text": None, "agency": None}

GROUP_KEYS = ("language", "source", "variant", "renderer")


class LabelError(ValueError):
    """A label record that cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page's labels. `lines` is None where the page lies in `file`, beside the labels.

    `fields` holds None for a field of which coarse labels say nothing. `timezone` is the IANA
    zone that the exact labels take for dates without one.
    """

    name: str
    exact: bool
    groups: Mapping[str, str]
    lines: Sequence[str] | None
    roles: Mapping[int, str]
    fields: Mapping[str, Any]
    file: str | None = None
    timezone: str | None = None
    language: str | None = None
    script: str | None = None

    def line_class(self, line: int) -> str | None:
        """Return `body` or `boiler`; None for a line that is neither or has no label."""
        role = self.roles.get(line)
        if role in (BODY, PARAGRAPH):
            return BODY
        if role is not None and (role == BOILERPLATE or role.startswith(REMOVED_PREFIX)):
            return BOILERPLATE
        return None


def read_gold(record: object) -> GoldPage:
    """Return the labelled page of one label record, in either format; raise LabelError."""
    if not isinstance(record, dict):
        raise LabelError("not a JSON object")
    if isinstance(record.get("lines"), list):
        return _read_coarse(record)
    if isinstance(record.get("file"), str) and isinstance(record.get("roles"), dict):
        return _read_exact(record)
    raise LabelError("neither `lines` nor `file` and `roles`: not a label record")


def _read_coarse(record: dict[str, Any]) -> GoldPage:
    """Return the page of a record that holds its lines and, mostly, a role for each."""
    lines = record["lines"]
    roles = record.get("role") or []
    if not all(isinstance(line, str) for line in lines):
        raise LabelError("`lines` holds something that is not a string")
    if roles and len(roles) != len(lines):
        raise LabelError(f"{len(lines)} lines, but {len(roles)} roles")
    if unknown := {str(role) for role in roles} - COARSE_ROLES:
        raise LabelError(f"unknown role: {', '.join(sorted(unknown))}")
    return GoldPage(
        name=str(record.get("id") or record.get("url") or "?"),
        exact=False,
        groups=_groups(record, record.get("lang")),
        lines=lines,
        roles=dict(enumerate(roles)),
        fields={
            "title": record.get("title") or None,
            "authors": _as_names(record.get("author")),
            "published_date": record.get("published") or None,
        },
    )


def _read_exact(record: dict[str, Any]) -> GoldPage:
    """Return the page of a record that names its file and labels every line and field."""
    stated = record.get("fields") or {}
    fields = dict(EXACT_FIELDS)
    timezone = None
    for key, value in stated.items():
        if key.startswith(ZONE_KEY):
            timezone = key.removeprefix(ZONE_KEY)
            fields["published_at"] = value
        elif key == "title":
            fields["title"], fields["title_line"] = value["text"], value["line"]
        elif key == "dateline":
            fields["dateline"] = DATELINE | value
        elif key in EXACT_FIELDS:
            fields[key] = value
        else:
            raise LabelError(f"unknown field: {key}")
    if not all(line.isdecimal() for line in record["roles"]):
        raise LabelError("a key of `roles` is not a line number")
    return GoldPage(
        name=record["file"],
        exact=True,
        groups=_groups(record, record.get("language")),
        lines=None,
        roles={int(line): role for line, role in record["roles"].items()},
        fields=fields,
        file=record["file"],
        timezone=timezone,
        language=record.get("language"),
        script=record.get("script"),
    )


def _groups(record: dict[str, Any], language: object) -> dict[str, str]:
    """Return the groups by which results can be split, `-` where the record has none."""
    named = {**record, "language": language}
    return {key: str(named.get(key) or "-") for key in GROUP_KEYS}


def _as_names(author: object) -> list[str] | None:
    """Return the printed author or authors as a list; None where there is none."""
    names = author if isinstance(author, list) else [author]
    return [name for name in names if isinstance(name, str) and name.strip()] or None
