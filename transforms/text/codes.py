"""Every reason for which a document may become a dead letter: the one list of stages and codes.

Consumers filter and replay by these names: they stay as they are. A test compares the list with
what the code raises and with the table in README.md.
"""

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, ...]] = {
    "read": ("not_found", "unreadable", "too_large", "source_changed", "internal_error"),
    "decompress": (
        "not_compressed",
        "torn_archive",
        "corrupt_archive",
        "trailing_garbage",
        "bomb",
        "too_large",
    ),
    "decode": ("empty", "binary", "undecodable"),
    "extract": ("no_text", "garbled", "no_paragraphs"),
    "process": ("too_large", "internal_error"),
}
"""The codes of each stage, in the order in which a document meets them."""
