"""Which detector identifies languages: the routed one, or one that a user names."""

import importlib.util
from collections.abc import Callable, Sequence
from functools import cache, partial

from transforms.text.language.answers import LanguageAnswer, PageLanguage
from transforms.text.language.bare import identify_bare, identify_page_bare
from transforms.text.language.detectors import (
    Detector,
    cld2_detector,
    py3langid_detector,
    seeded_langdetect,
)
from transforms.text.language.pages import identify_page
from transforms.text.language.routing import identify_language

ROUTED = "routed"
_BARE: dict[str, Callable[[], Detector]] = {
    "cld2": cld2_detector,
    "py3langid": py3langid_detector,
    "langdetect": seeded_langdetect,
}
DETECTORS = (ROUTED, *_BARE)
_PACKAGES = {"cld2": "pycld2"}

TextIdentifier = Callable[[str], LanguageAnswer]
PageIdentifier = Callable[[Sequence[str]], PageLanguage]


@cache
def text_identifier(detector: str) -> TextIdentifier:
    """Return the detector of this name as a function of a text.

    Raises KeyError for no such one, and ImportError where `missing_package` names a package.
    """
    if detector == ROUTED:
        return identify_language
    return partial(identify_bare, detector=_BARE[detector](), route=detector)


@cache
def page_identifier(detector: str) -> PageIdentifier:
    """Return the detector of this name as a function of paragraphs; raise as `text_identifier`."""
    if detector == ROUTED:
        return identify_page
    return partial(identify_page_bare, detector=_BARE[detector](), route=detector)


def missing_package(detector: str) -> str | None:
    """Return the package that a detector cannot do without and that is not installed, if any."""
    package = _PACKAGES.get(detector, detector)
    if detector == ROUTED or importlib.util.find_spec(package) is not None:
        return None
    return package
