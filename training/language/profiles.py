"""Make langdetect's profiles of languages it lacks from a folder of `<label>.txt.gz`.

Run: python training/language/profiles.py FOLDER [--output DIR]. The same folder gives the same
files, byte for byte. What the card beside them has to say of each file is printed.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from langdetect.utils.lang_profile import LangProfile

# Of 4,000 n-grams of a language half the file is the rarer 2,000, which change F1 by 0.1.
MAX_NGRAMS = 2_000
SUFFIX = ".txt.gz"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a profile of every text file of the folder; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path, help="the texts: <label>.txt.gz, one text a line")
    default = Path("transforms/text/knowledge/language/profiles")
    parser.add_argument("--output", type=Path, default=default)
    options = parser.parse_args(arguments)
    options.output.mkdir(exist_ok=True)
    for source in sorted(options.folder.glob(f"*{SUFFIX}")):
        label = source.name.removesuffix(SUFFIX)
        with gzip.open(source, "rt", encoding="utf-8") as lines:
            content = make_profile(label, lines)
        (options.output / f"{label}.json").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        sys.stdout.write(f'{label} = {{ bytes = {len(content)}, sha256 = "{sha256}" }}\n')
    return 0


def make_profile(label: str, lines: Iterable[str]) -> bytes:
    """Return the profile of a language in langdetect's form, its n-grams in order."""
    profile = LangProfile(label)
    for line in lines:
        profile.update(line.strip())
    profile.omit_less_freq()
    ranked = sorted(profile.freq.items(), key=lambda entry: (-entry[1], entry[0]))
    kept = dict(sorted(ranked[:MAX_NGRAMS]))
    n_words = [sum(kept[gram] for gram in kept if len(gram) == size) for size in (1, 2, 3)]
    held = {"freq": kept, "n_words": n_words, "name": label}
    return json.dumps(held, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


if __name__ == "__main__":
    raise SystemExit(main())
