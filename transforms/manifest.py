"""The manifest of a run: what it read, what became of it, and every file with its hash."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from transforms.parts import PartFile
from transforms.reports import Example, Tally

FORMAT = 1
"""Version of the manifest's own form."""

RUN_ID_DIGITS = 32

Options = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished run. Equal inputs, options and version give an equal manifest."""

    version: str
    options: Options
    inputs_sha256: str
    tally: Tally
    files: tuple[PartFile, ...]

    @property
    def run(self) -> str:
        """Return the name of the run that this version, these options and inputs make."""
        return run_id(self.version, self.options, self.inputs_sha256)

    def to_text(self) -> str:
        """Return the manifest as its file has it."""
        return json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, indent=2) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Return what the file holds."""
        tally = self.tally
        return {
            "format": FORMAT,
            "run": self.run,
            "version": self.version,
            "options": dict(self.options),
            "inputs": {"documents": tally.documents, "sha256": self.inputs_sha256},
            "counts": {
                "documents": tally.documents,
                "articles": tally.articles,
                "other_languages": tally.other_languages.total(),
                "duplicates": tally.duplicates,
                "dead_letters": tally.dead_letters.total(),
            },
            "languages": dict(tally.languages),
            "other_languages": dict(tally.other_languages),
            "lines": {
                "kept": tally.kept_lines,
                "fields": dict(tally.field_lines),
                "removed": dict(tally.removed_lines),
            },
            "repairs": tally.repairs,
            "dead_letters": {
                code: {
                    "count": count,
                    "examples": [asdict(example) for example in tally.examples[code]],
                }
                for code, count in tally.dead_letters.items()
            },
            "files": [asdict(part) for part in self.files],
        }


def run_id(version: str, options: Options, inputs_sha256: str) -> str:
    """Return the name of a run, a function of its version, options and contents."""
    identity = {"version": version, "options": dict(options), "inputs": inputs_sha256}
    canonical = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:RUN_ID_DIGITS]


def parse_manifest(text: str) -> Manifest:
    """Return the manifest that a file holds; raise ValueError for any other text."""
    try:
        held = json.loads(text)
        counts, lines, failures = held["counts"], held["lines"], held["dead_letters"]
        tally = Tally(
            documents=counts["documents"],
            articles=counts["articles"],
            duplicates=counts["duplicates"],
            languages=Counter(held["languages"]),
            other_languages=Counter(held.get("other_languages", {})),  # 0.1.0 had none
            kept_lines=lines["kept"],
            field_lines=Counter(lines["fields"]),
            removed_lines=Counter(lines["removed"]),
            repairs=held["repairs"],
            dead_letters=Counter({code: failures[code]["count"] for code in failures}),
            examples={
                code: [Example(**example) for example in failures[code]["examples"]]
                for code in failures
            },
        )
        files = tuple(PartFile(**part) for part in held["files"])
        return Manifest(held["version"], held["options"], held["inputs"]["sha256"], tally, files)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a manifest of suzgi: {error!r}") from error
