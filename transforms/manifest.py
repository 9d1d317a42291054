"""The manifest of a run: what it read, what became of it, and every file with its hash."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from transforms.parts import MANIFESTS, PartFile
from transforms.reports import Example, Tally
from transforms.rounds import Round

FORMAT = 1
"""Version of the manifest's own form."""

RUN_ID_DIGITS = 32

Options = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Replay:
    """Which runs a replay takes its documents from, and what became of their dead letters.

    dead_letters = the documents of the replay - recovered + settled + not_chosen + repeated.
    """

    runs: tuple[str, ...]
    dead_letters: int
    not_chosen: int
    repeated: int  # the same document in several of the runs: replayed once
    settled: int = 0  # of containers that were read to their end now: no document themselves
    recovered: int = 0  # documents of containers, which the runs did not have

    @property
    def documents(self) -> int:
        """Return how many documents the replay must have."""
        return self.dead_letters - self.not_chosen - self.repeated - self.settled + self.recovered


@dataclass(frozen=True, slots=True)
class Window:
    """Which of the runs of a watch one is, and what it read that needed no row."""

    number: int  # from 1
    files: int  # that were new or had changed
    unchanged: int = 0  # documents of them that an earlier window has, with the same content


@dataclass(frozen=True, slots=True)
class Pane:
    """What one round of a stream is of: a window of time, and how often it brought documents."""

    window_start: str  # in UTC, as is the next
    window_end: str  # excluded
    index: int  # 0: what was in time; above: what came later

    @property
    def name(self) -> str:
        """Return the name of the round."""
        return f"{self.window_start.replace('-', '').replace(':', '')}-{self.index:04d}"

    @classmethod
    def of_round(cls, of: Round) -> "Pane | None":
        """Return the pane of a round; None of a whole run."""
        return cls(*of.span, of.pane) if of.seconds else None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished run. Equal inputs, options and version give an equal manifest."""

    version: str
    options: Options
    inputs_sha256: str
    tally: Tally
    files: tuple[PartFile, ...]
    replay: Replay | None = None
    clusters: int = 0  # articles that near duplicates name
    window: Window | None = None
    pane: Pane | None = None
    counts_bytes: bool = True  # 0.1.0 did not

    @property
    def run(self) -> str:
        """Return the name of the run that this version, these options and inputs make."""
        replay_of = self.replay.runs if self.replay else ()
        window = self.window.number if self.window else None
        pane = self.pane.name if self.pane else None
        return run_id(
            self.version,
            self.options,
            self.inputs_sha256,
            replay_of=replay_of,
            window=window,
            pane=pane,
        )

    @property
    def file_name(self) -> str:
        """Return the name of its file in an output.

        Of a pane there can be one alone, whatever it holds, so that its name is the pane's.
        """
        return manifest_name(self.pane.name if self.pane else self.run)

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
            **(_replay_to_json(self.replay) if self.replay else {}),
            **({"window": asdict(self.window)} if self.window else {}),
            **({"pane": asdict(self.pane)} if self.pane else {}),
            "inputs": {
                "documents": tally.documents,
                **({"bytes": tally.content_bytes} if self.counts_bytes else {}),
                "sha256": self.inputs_sha256,
            },
            "counts": {
                "documents": tally.documents,
                "articles": tally.articles,
                "other_languages": tally.other_languages.total(),
                "duplicates": tally.duplicates,
                "dead_letters": tally.dead_letters.total(),
                **self._near_counts(),
            },
            "languages": dict(tally.languages),
            "other_languages": dict(tally.other_languages),
            "lines": {
                "kept": tally.kept_lines,
                "fields": dict(tally.field_lines),
                "removed": dict(tally.removed_lines),
            },
            "repairs": tally.repairs,
            **({"record_dates": dict(tally.record_dates)} if tally.record_dates else {}),
            "dead_letters": {
                code: {
                    "count": count,
                    "examples": [asdict(example) for example in tally.examples[code]],
                }
                for code, count in tally.dead_letters.items()
            },
            "files": [asdict(part) for part in self.files],
        }

    def _near_counts(self) -> dict[str, int]:
        """Return the counts of near duplicates, where they were looked for."""
        if not self.options.get("near_duplicates"):
            return {}
        return {
            "near_duplicates": self.tally.near_duplicates,
            "near_duplicate_clusters": self.clusters,
        }


def manifest_name(name: str) -> str:
    """Return the name, relative to the output, of the manifest of a run or of a pane."""
    return f"{MANIFESTS}/{name}.json"


def run_id(  # noqa: PLR0913 (all that tells a run from another)
    version: str,
    options: Options,
    inputs_sha256: str,
    *,
    replay_of: Sequence[str] = (),
    window: int | None = None,
    pane: str | None = None,
) -> str:
    """Return the name of a run: a function of its version, options and contents.

    And of the runs that it replays, the window of a watch or the pane of a stream: the same
    documents may come back in a later one.
    """
    identity = {
        "version": version,
        "options": dict(options),
        "inputs": inputs_sha256,
        **({"replay_of": list(replay_of)} if replay_of else {}),
        **({"window": window} if window else {}),
        **({"pane": pane} if pane else {}),
    }
    canonical = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:RUN_ID_DIGITS]


def parse_manifest(text: str) -> Manifest:
    """Return the manifest that a file holds; raise ValueError for any other text."""
    try:
        held = json.loads(text)
        counts, lines, failures = held["counts"], held["lines"], held["dead_letters"]
        inputs = held["inputs"]
        tally = Tally(
            documents=counts["documents"],
            content_bytes=inputs.get("bytes", 0),
            articles=counts["articles"],
            duplicates=counts["duplicates"],
            near_duplicates=counts.get("near_duplicates", 0),
            languages=Counter(held["languages"]),
            other_languages=Counter(held.get("other_languages", {})),  # 0.1.0 had none
            kept_lines=lines["kept"],
            field_lines=Counter(lines["fields"]),
            removed_lines=Counter(lines["removed"]),
            repairs=held["repairs"],
            record_dates=Counter(held.get("record_dates", {})),
            dead_letters=Counter({code: failures[code]["count"] for code in failures}),
            examples={
                code: [Example(**example) for example in failures[code]["examples"]]
                for code in failures
            },
        )
        files = tuple(PartFile(**part) for part in held["files"])
        return Manifest(
            held["version"],
            held["options"],
            inputs["sha256"],
            tally,
            files,
            _replay_of_json(held),
            clusters=counts.get("near_duplicate_clusters", 0),
            window=Window(**held["window"]) if "window" in held else None,
            pane=Pane(**held["pane"]) if "pane" in held else None,
            counts_bytes="bytes" in inputs,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a manifest of suzgi: {error!r}") from error


def _replay_to_json(replay: Replay) -> dict[str, Any]:
    """Return what the file of a replay holds besides."""
    counts = asdict(replay)
    return {"replay_of": list(counts.pop("runs")), "replay": counts}


def _replay_of_json(held: Mapping[str, Any]) -> Replay | None:
    """Return which runs a manifest replays; None for that of an ingest."""
    return Replay(tuple(held["replay_of"]), **held["replay"]) if "replay_of" in held else None
