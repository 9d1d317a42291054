"""Run `suzgi ingest` as a Flex Template's launcher calls it: a parameter is `--name=value`.

In the image this file lies alone in a directory, since Python looks for modules beside a script.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from pipelines.beam_flags import beam_parser
from pipelines.ingest import add_arguments
from pipelines.main import known_flags, main

IMAGE = "SUZGI_IMAGE"
"""Of the environment: the image in which this runs. Workers get the same."""

IMAGE_FLAG = "--sdk_container_image"
SWITCH = {"true": True, "false": False}


def flags_of(parameters: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return the flags of `suzgi ingest` that the parameters of a launch are.

    Names of parameters have underscores where our flags have hyphens. An empty value is as if the
    parameter were not there; a subscription makes a stream of the run. A flag that nobody knows is
    left out with a warning. It is one of Google's launcher, made for more than Beam in Python:
    Dataflow itself refuses parameters that the metadata does not have.
    """
    flags = list(_translated(parameters))
    named = {flag.partition("=")[0] for flag in flags}
    if "--subscription" in named:
        flags.append("--streaming")
    if IMAGE_FLAG not in named and environment.get(IMAGE):
        flags.append(f"{IMAGE_FLAG}={environment[IMAGE]}")
    return flags


def _translated(parameters: Sequence[str]) -> Iterator[str]:
    """Yield the flag that each parameter is; nothing for a switch that is off."""
    ours, beams = argparse.ArgumentParser(allow_abbrev=False), beam_parser()
    add_arguments(ours)
    switches = {*_switches(ours), *_switches(beams)}
    own = set(known_flags(ours))
    known = own.union(known_flags(beams))
    for parameter in parameters:
        name, sign, value = parameter.partition("=")
        flag = hyphened if (hyphened := name.replace("_", "-")) in own else name
        if sign and not value:
            continue
        if flag.startswith("--") and flag not in known:
            sys.stderr.write(f"suzgi: warning: {flag} is not known, and left out\n")
            continue
        if sign and flag in switches and value.lower() in SWITCH:
            if SWITCH[value.lower()]:
                yield flag
            continue
        yield f"{flag}{sign}{value}"


def _switches(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the flags of a parser that take no value."""
    for action in parser._actions:
        if action.nargs == 0:
            yield from action.option_strings


if __name__ == "__main__":
    # Beam reads the flags there, too, where it has no others.
    sys.argv[1:] = ["ingest", *flags_of(sys.argv[1:], os.environ)]
    sys.exit(main())
