"""How far an answer can be trusted, by its route, the strength of its evidence, its length."""

from functools import cache

from transforms.text.language.tags import read_knowledge

_SHORT = 60  # letters: a line; what has more is a sentence or longer
_OTHER = "other"


@cache
def _steps() -> dict[str, list[tuple[float, float]]]:
    """Return for each route and length the steps (least strength, confidence), highest first."""
    table = read_knowledge("confidence")["steps"]
    return {
        route: sorted(((float(least), float(share)) for least, share in steps), reverse=True)
        for route, steps in table.items()
    }


def calibrated(route: str, strength: float, letters: int) -> float:
    """Return the confidence (0 to 1) of an answer of this route, strength and length."""
    steps = _steps().get(f"{route}-{'short' if letters < _SHORT else 'long'}") or _steps()[_OTHER]
    return next((share for least, share in steps if strength >= least), steps[-1][1])
