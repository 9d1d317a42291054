"""What a log tells of a run that has committed."""

from typing import Any

from transforms.manifest import Manifest
from transforms.metrics import counts_of

OF_ALL = ("documents", "articles", "other_languages", "duplicates", "dead_letters", "bytes")


def facts_of_run(manifest: Manifest) -> dict[str, Any]:
    """Return the name of a run and its counts, by the names of docs/metrics.md."""
    counts = counts_of(manifest.tally)
    place = {
        **({"window": manifest.window.number} if manifest.window else {}),
        **({"pane": manifest.pane.name} if manifest.pane else {}),
    }
    return {"run": manifest.run, **place, "counts": {name: counts[name] for name in OF_ALL}}
