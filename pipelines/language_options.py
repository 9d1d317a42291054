"""The options about languages, which several commands have; read without Beam."""

import argparse

DETECTOR_HELP = (
    "what identifies languages: routed (default), cld2, py3langid or langdetect; all but the "
    "first are detectors alone, for comparison"
)


def add_detector_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that chooses the language detector."""
    parser.add_argument(
        "--language-detector",
        type=detector_name,
        default="routed",
        metavar="NAME",
        help=DETECTOR_HELP,
    )


def detector_name(text: str) -> str:
    """Return the name of a detector; raise argparse's error for another or one not installed."""
    from transforms.text.language.choice import DETECTORS, missing_package  # noqa: PLC0415 (numpy)

    if text not in DETECTORS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(DETECTORS)}")
    if package := missing_package(text):
        raise argparse.ArgumentTypeError(
            f"{text} needs the package {package}, which is not installed: pip install {package}"
        )
    return text


def language_tags(text: str) -> tuple[str, ...]:
    """Return the tags of a list such as `kk,ru`, each once; raise argparse's error for others."""
    from transforms.text.language.wanted import (  # noqa: PLC0415 (numpy)
        LanguageTagError,
        canonical_tag,
    )

    try:
        return tuple(sorted({canonical_tag(tag) for tag in text.split(",")}))
    except LanguageTagError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def unanswered_tag(languages: tuple[str, ...] | None, detector: str) -> str | None:
    """Return what is wrong with the first language that the detector never answers, if any is."""
    if not languages:
        return None  # the detector's models take half a second to load
    from transforms.text.language.wanted import LanguageTagError, check_tags  # noqa: PLC0415

    try:
        check_tags(languages, detector)
    except LanguageTagError as error:
        return str(error)
    return None
