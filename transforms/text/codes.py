"""Every reason for which a document may become a dead letter: the one list of stages and codes.

Consumers filter and replay by these names: they stay as they are. A test compares the list with
what the code raises and with the table in README.md.
"""

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, ...]] = {
    "read": (
        "not_found",
        "unreadable",
        "outside_root",
        "too_large",
        "source_changed",
        "internal_error",
    ),
    "decompress": (
        "not_compressed",
        "torn_archive",
        "corrupt_archive",
        "trailing_garbage",
        "bomb",
        "too_large",
    ),
    "unpack": (
        "torn_archive",
        "corrupt_archive",
        "trailing_garbage",
        "bomb",
        "too_large",
        "too_many_members",
        "empty",
        "nested_archive",
        "encrypted",
        "not_a_file",
        "unsupported",
        "bad_json",
        "no_text_field",
        "html",
        "not_text",
        "http_status",
        "in_container",
        "source_changed",
        "internal_error",
    ),
    "decode": ("empty", "binary", "undecodable"),
    "extract": (
        "too_many_lines",
        "line_too_long",
        "too_large",
        "no_text",
        "garbled",
        "no_paragraphs",
    ),
    "process": ("too_large", "timeout", "internal_error"),
}
"""The codes of each stage, in the order in which a document meets them."""
