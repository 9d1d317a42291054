"""What somebody writes who needs articles by the evening: glob, regexes, langdetect, fastavro.

`python tests/bench/plain_script.py INPUT OUTPUT` prints the number of documents.
"""

import re
import sys
from pathlib import Path

import fastavro
from langdetect import DetectorFactory, LangDetectException, detect

DetectorFactory.seed = 0

BOILERPLATE = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^(бөлісу|поделиться|share)\b",
        r"^(пікір|комментари|оставить комментарий|comments?|leave a comment)",
        r"ctrl\s*\+\s*enter",
        r"гиперсілтеме|гиперссылка|hyperlink",
        r"құқықтар қорғалған|права защищены|rights reserved",
        r"^(соңғы жаңалықтар|тағы да оқыңыз|тақырып бойынша|ең көп оқылған)",
        r"^(читайте также|новости по теме|материалы по теме|самое читаемое)",
        r"^(read (more|next)|related articles|most read)",
        r"telegram",
        r"^(тегтер|теги|tags):",
        r"^(фото|photo):",
        r"^(басты бет|главная|home|войти|кіру|log in|тіркелу|регистрация|sign up)$",
        r"^(жоғарыға|наверх|back to top|версия для печати|print)$",
    )
]
DATE = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
VIEWS = re.compile(
    r"(?:просмотров|қаралды|views):?\s*(\d+)|(\d+) (?:рет|просмотр|views)", re.IGNORECASE
)

SCHEMA = {
    "type": "record",
    "name": "Article",
    "fields": [
        {"name": "file", "type": "string"},
        {"name": "language", "type": "string"},
        {"name": "title", "type": ["null", "string"]},
        {"name": "date", "type": ["null", "string"]},
        {"name": "views", "type": ["null", "int"]},
        {"name": "paragraphs", "type": {"type": "array", "items": "string"}},
    ],
}


def read_article(path: Path) -> dict[str, object]:
    """Return the article of a file."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line]
    kept = [line for line in lines if not any(rule.search(line) for rule in BOILERPLATE)]
    date = next((match.group() for line in kept if (match := DATE.search(line))), None)
    views = next((match for line in kept if (match := VIEWS.search(line))), None)
    text = "\n".join(kept)
    try:
        language = detect(text)
    except LangDetectException:
        language = "unknown"
    return {
        "file": str(path),
        "language": language,
        "title": kept[0] if kept else None,
        "date": date,
        "views": int(views.group(1) or views.group(2)) if views else None,
        "paragraphs": kept[1:],
    }


def main(source: str, target: str) -> int:
    """Write all articles into one file; return how many there were."""
    articles = [read_article(path) for path in sorted(Path(source).glob("**/*.txt"))]
    Path(target).mkdir(parents=True)
    with (Path(target) / "articles.avro").open("wb") as stream:
        fastavro.writer(stream, fastavro.parse_schema(SCHEMA), articles, codec="null")
    return len(articles)


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], sys.argv[2])}\n")
