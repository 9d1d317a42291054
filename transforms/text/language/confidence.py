"""How often answers of a route with a certain strength were right: calibrated confidence."""

from functools import cache

from transforms.text.language.tags import read_knowledge


@cache
def _steps() -> dict[str, list[tuple[float, float]]]:
    """Return for each route the steps (least strength, confidence), the highest first."""
    table = read_knowledge("confidence")
    return {
        route: sorted(((float(least), float(share)) for least, share in steps), reverse=True)
        for route, steps in table["steps"].items()
    }


def calibrated(route: str, strength: float) -> float:
    """Return the share of right answers among those of this route with such a strength."""
    steps = _steps().get(route) or _steps()["other"]
    return next((share for least, share in steps if strength >= least), steps[-1][1])
