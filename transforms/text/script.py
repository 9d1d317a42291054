"""Unify a word whose letters come from two scripts."""

TO_CYRILLIC = dict(zip("ABCEHIKMOPTXaceiopxyəƏɵƟ", "АВСЕНІКМОРТХасеіорхуәӘөӨ", strict=True))
"""Latin letters that look like a Cyrillic one, case by case (lower-case k, m, t, h do not)."""
TO_LATIN = {
    cyrillic: latin for latin, cyrillic in TO_CYRILLIC.items() if latin not in ("ə", "Ə", "ɵ", "Ɵ")
}
KAZAKH_LOOK_ALIKES = {"h": "һ", "Y": "Ү"}
RUSSIAN_LOOK_ALIKES = {"Y": "У"}


def is_cyrillic(character: str) -> bool:
    """Tell whether a character is in the Cyrillic blocks."""
    return "\u0400" <= character <= "\u052f"


def unify_script(word: str, *, latin: bool, kazakh: bool) -> str:
    """Return a word of letters in one script, or as it is where that is not sure.

    The letters that look like no letter of the other script decide; where there is none, the
    majority; in a tie, the page's script (`latin` or Cyrillic). `kazakh` adds look-alikes of
    Kazakh letters. A word with sure letters of both scripts (`WhatsAppта`) stays.
    """
    to_cyrillic = TO_CYRILLIC | (KAZAKH_LOOK_ALIKES if kazakh else RUSSIAN_LOOK_ALIKES)
    cyrillic_letters = [letter for letter in word if is_cyrillic(letter)]
    latin_letters = [letter for letter in word if not is_cyrillic(letter)]
    sure_cyrillic = any(letter not in TO_LATIN for letter in cyrillic_letters)
    sure_latin = any(letter not in to_cyrillic for letter in latin_letters)
    if sure_cyrillic and sure_latin:
        return word
    if sure_cyrillic == sure_latin:
        balance = len(latin_letters) - len(cyrillic_letters)
        sure_latin = balance > 0 or (balance == 0 and latin)
    table = TO_LATIN if sure_latin else to_cyrillic
    return "".join(table.get(letter, letter) for letter in word)
