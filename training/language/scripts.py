"""Spellings for training: Kazakh in its Latin spellings, in that of Karakalpak, without diacritics.

All of them return lower case, which is all that the models see.
"""

import unicodedata

_SAME_IN_ALL = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "j", "з": "z",
    "и": "i", "й": "i", "к": "k", "қ": "q", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ұ": "u", "ф": "f", "х": "h", "һ": "h", "ц": "ts",
    "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "y", "і": "i", "ь": "", "э": "e", "ю": "iu",
    "я": "ia", "ә": "a", "ө": "o", "ү": "u", "ң": "n", "ғ": "g",
}  # fmt: skip
_UMLAUTS = {"ә": "ä", "ө": "ö", "ү": "ü", "ң": "ñ", "ғ": "ğ", "ш": "ş", "щ": "ş"}
_TURKISH_LIKE = _UMLAUTS | {"ч": "ç", "у": "w", "и": "ï", "ы": "ı", "я": "ya", "ц": "c", "х": "x"}
# Each differs from the common letters in these. 2017, 2018, 2021: the official drafts of these
# years; qazaqparat: the news agency's; wiki: that of interfaces of the 2000s; digraphs: as typed
# on an English keyboard.
_DIFFERENT = {
    "2017": {
        "ә": "a'", "ө": "o'", "ү": "u'", "ң": "n'", "ғ": "g'", "ш": "s'", "щ": "s'", "ч": "c'",
        "у": "y'", "и": "i'", "й": "i'", "ю": "i'y'", "я": "i'a",
    },
    "2018": {
        "ә": "á", "ө": "ó", "ү": "ú", "ң": "ń", "ғ": "ǵ", "у": "ý", "и": "ı", "й": "ı",
        "ю": "ıý", "я": "ıa",
    },
    "2021": _UMLAUTS | {"ұ": "ū", "і": "ı"},
    "digraphs": {"ж": "zh", "ң": "ng", "ғ": "gh", "й": "y", "ю": "yu", "я": "ya"},
    "qazaqparat": _TURKISH_LIKE | {"й": "y", "щ": "şş", "ю": "yw", "э": "é"},
    "wiki": _TURKISH_LIKE | {"й": "ý", "ю": "ýu"},
}  # fmt: skip
KAZAKH_LATIN = {
    name: str.maketrans(_SAME_IN_ALL | different) for name, different in _DIFFERENT.items()
}


def latin_kazakh(text: str, spelling: str) -> str:
    """Return a Kazakh Cyrillic text in a Latin spelling (a name of KAZAKH_LATIN)."""
    return text.lower().translate(KAZAKH_LATIN[spelling])


# Kazakh in the letters of Karakalpak, its nearest relative that is written in Latin: it teaches
# the model that this spelling is not Kazakh. Frequent words are replaced as well.
_KARAKALPAK = str.maketrans(
    _SAME_IN_ALL
    | {
        "ә": "á", "ғ": "ǵ", "ы": "ı", "й": "y", "у": "w", "ү": "ú", "ө": "ó", "ң": "ń", "х": "x",
        "и": "iy", "я": "ya", "ю": "yu", "ц": "c",
    }
)  # fmt: skip
_KARAKALPAK_WORDS = {
    "мен": "menen", "және": "hám", "үшін": "ushın", "туралы": "haqqında", "ғой": "ǵoy",
    "немесе": "yamasa", "барлық": "barlıq", "тиіс": "tiyis", "болып": "bolıp", "әр": "hár",
    "жоқ": "joq", "дейін": "shekem", "кейін": "keyin", "емес": "emes", "бен": "penen",
    "болған": "bolǵan", "деп": "dep", "оның": "onıń", "бір": "bir", "сондай-ақ": "sonday-aq",
}  # fmt: skip


_KARAKALPAK_OF_1995 = str.maketrans({"á": "a'", "ǵ": "g'", "ú": "u'", "ó": "o'", "ń": "n'"})


def karakalpak_like(text: str) -> str:
    """Return a Kazakh Cyrillic text in the spelling of Karakalpak."""
    words = [_KARAKALPAK_WORDS.get(word, word) for word in text.lower().split()]
    return " ".join(words).translate(_KARAKALPAK)


def karakalpak_like_of_1995(text: str) -> str:
    """Return a Kazakh Cyrillic text in the older spelling of Karakalpak, with apostrophes."""
    return karakalpak_like(text).translate(_KARAKALPAK_OF_1995)


# The same in its Cyrillic letters: no і and no ұ, but ў and ҳ.
_KARAKALPAK_CYRILLIC = str.maketrans(
    {"и": "ий", "і": "и", "ұ": "у", "у": "ў", "һ": "ҳ", "щ": "ш"}
)  # fmt: skip
_KARAKALPAK_CYRILLIC_WORDS = {
    "мен": "менен", "және": "ҳәм", "үшін": "ушын", "туралы": "ҳаққында", "немесе": "ямаса",
    "тиіс": "тийис", "әр": "ҳәр", "дейін": "шекем", "бен": "пенен", "қазір": "ҳәзир",
}  # fmt: skip


def cyrillic_karakalpak_like(text: str) -> str:
    """Return a Kazakh Cyrillic text in the Cyrillic spelling of Karakalpak."""
    table = _KARAKALPAK_CYRILLIC
    words = text.lower().split()
    return " ".join(_KARAKALPAK_CYRILLIC_WORDS.get(word) or word.translate(table) for word in words)


# What is typed on a Russian keyboard for the letters that it lacks.
_RUSSIAN_KEYBOARD = str.maketrans("әғқңөұүһі", "агкноуухи")


def on_russian_keyboard(text: str) -> str:
    """Return a Cyrillic text without the letters that a Russian keyboard lacks."""
    return text.lower().translate(_RUSSIAN_KEYBOARD)


def bare_letters(text: str) -> str:
    """Return a Latin text with plain letters only, as typed on an English keyboard."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("ı", "i"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
