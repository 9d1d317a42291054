"""Spellings for training: Kazakh Latin texts as people type them, other languages in Latin."""

import random
import unicodedata

OTHER = "other"
# One common way to write Cyrillic in Latin letters; the second form of a letter is the other
# common one, and each text uses one of the two throughout.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo ö", "ж": "zh j",
    "з": "z", "и": "i", "й": "y j", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh x", "ц": "ts c", "ч": "ch ç",
    "ш": "sh ş", "щ": "shch şç", "ъ": "", "ы": "y ı", "ь": "", "э": "e", "ю": "yu ü",
    "я": "ya ä", "ә": "a ä", "ө": "o ö", "ү": "u ü", "ң": "ng ñ", "ғ": "gh ğ", "қ": "q k",
    "һ": "h", "җ": "j c", "ҙ": "z dh", "ҫ": "s th", "ҡ": "q k", "ҥ": "ng ñ", "ҕ": "gh ğ",
    "ӑ": "a ă", "ӗ": "e ĕ", "ӳ": "u ü", "ў": "w ŭ", "і": "i", "ї": "yi ï", "ӣ": "i ī",
    "ӯ": "u ū", "ҳ": "h", "ҷ": "j ç", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "ć c", "ђ": "đ dj",
    "џ": "dž dz",
}  # fmt: skip


def romanised(text: str, dice: random.Random) -> str:
    """Return a Cyrillic text in Latin letters, in one of two common ways."""
    form = dice.randrange(2)
    table = {}
    for letter, forms in _LATIN.items():
        choices = forms.split()
        latin = choices[min(form, len(choices) - 1)] if choices else ""
        table[ord(letter)] = latin
        table[ord(letter.upper())] = latin.capitalize()
    return text.translate(table)


# Kazakh in the letters of Karakalpak, its nearest relative that is written in Latin: it teaches
# the model that this spelling is not Kazakh. Frequent words are replaced as well.
_KARAKALPAK = {
    "ә": "á", "ғ": "ǵ", "ы": "ı", "й": "y", "у": "w", "ш": "sh", "ұ": "u", "ү": "ú", "ө": "ó",
    "ң": "ń", "қ": "q", "х": "x", "һ": "h", "ж": "j", "и": "iy", "я": "ya", "ю": "yu", "щ": "sh",
    "э": "e", "ц": "c", "ч": "ch", "ё": "yo", "ъ": "", "ь": "", "і": "i", "д": "d",
}  # fmt: skip
_KARAKALPAK_WORDS = {
    "мен": "menen", "және": "hám", "үшін": "ushın", "туралы": "haqqında", "ғой": "ǵoy",
    "немесе": "yamasa", "барлық": "barlıq", "тиіс": "tiyis", "болып": "bolıp", "әр": "hár",
    "жоқ": "joq", "дейін": "shekem", "кейін": "keyin", "емес": "emes", "бен": "penen",
    "болған": "bolǵan", "деп": "dep", "оның": "onıń", "бір": "bir", "сондай-ақ": "sonday-aq",
}  # fmt: skip


def karakalpak_like(text: str) -> str:
    """Return a Kazakh Cyrillic text in the spelling of Karakalpak."""
    words = [_KARAKALPAK_WORDS.get(word.lower(), word) for word in text.split()]
    table = {
        ord(letter): _KARAKALPAK.get(letter, latin.split()[0] if latin else "")
        for letter, latin in _LATIN.items()
    }
    table |= {ord(chr(code).upper()): latin.capitalize() for code, latin in table.items()}
    return " ".join(words).translate(table)


# What is typed on a Russian keyboard for the letters that it lacks.
_RUSSIAN_KEYBOARD = str.maketrans("әғқңөұүһіӘҒҚҢӨҰҮҺІ", "агкноуухиАГКНОУУХИ")


def on_russian_keyboard(text: str) -> str:
    """Return a Cyrillic text without the letters that a Russian keyboard lacks."""
    return text.translate(_RUSSIAN_KEYBOARD)


def latin_variants(text: str, dice: random.Random) -> list[str]:
    """Return a Kazakh Latin text, now and then also without its diacritics."""
    if dice.random() < 0.15:
        return [text, _bare(text)]
    return [text]


def _bare(text: str) -> str:
    """Return a text with plain letters only, as typed on an English keyboard."""
    decomposed = unicodedata.normalize("NFD", text.replace("ı", "i"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
