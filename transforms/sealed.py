"""Small files that tell by themselves whether they are whole: JSON with its own checksum."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def seal(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of a file that holds the content; equal content gives equal bytes."""
    text = json.dumps(content, sort_keys=True)
    digest = hashlib.sha256(text.encode("ascii")).hexdigest()
    return f'{{"content": {text},\n "sha256": "{digest}"}}\n'.encode("ascii")


def unseal(sealed: bytes) -> dict[str, Any]:
    """Return the content of a sealed file; raise ValueError where a single bit is not as sealed."""
    held = json.loads(sealed)  # UnicodeDecodeError and JSONDecodeError are ValueErrors
    content = held.get("content") if isinstance(held, dict) else None
    if not isinstance(content, dict) or seal(content) != sealed:
        raise ValueError("damaged, or not written by suzgi")
    return content
