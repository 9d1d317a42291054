"""The `suzgi` command: find the subcommand, let it parse and run, and end with its exit code."""

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import NoReturn, Protocol, cast

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.log_lines import CRASHED, FLAG, crashed, fail, interrupted, is_json, log_lines

COMMANDS = {
    "ingest": "read raw pages and write typed articles as Avro",
    "watch": "ingest new and changed files as they come, a window at a time",
    "replay": "feed the dead letters of a run back in after a fix",
    "verify": "check an output: checksums, counts, schemas, ids, lines",
    "load": "take finished runs into a warehouse, each once",
    "inspect": "show each line of a page with its verdict and why",
    "evaluate": "measure removal, fields and languages on labelled pages and texts",
}
EPILOG = """exit codes: 0 done; 2 wrong usage; 3 no input; 4 output cannot be used;
5 too many dead letters; 6 the run failed; 7 verify or load found a fault;
130 interrupted, 143 terminated.
'suzgi COMMAND --help' tells more."""


class Command(Protocol):
    """What the module of a subcommand offers.

    One that takes flags of others sets `beam_flags` as a default of its parser.
    """

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments of the command."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the command and return its exit code."""


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors are one line, in the form of all our errors."""

    def error(self, message: str) -> NoReturn:
        """End the command."""
        raise CommandError(ExitCode.USAGE, f"{message}; see '{self.prog} --help'")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    command = next(iter(arguments), "")
    with log_lines(command if command in COMMANDS else "", as_json=FLAG in arguments):
        return _run(arguments)


def _run(argv: list[str]) -> int:
    """Run a command line and return its exit code, once whatever ended it is told."""
    try:
        code = _dispatch(argv)
        sys.stdout.flush()
    except CommandError as error:
        fail(error)
        return int(error.exit_code)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except KeyboardInterrupt:
        interrupted()
        return ExitCode.INTERRUPTED
    except Exception as error:
        if not is_json():
            raise
        crashed(error)
        return CRASHED
    return code


def _dispatch(argv: list[str]) -> int:
    """Parse with the parser of the subcommand and run it; its module is loaded only now."""
    chosen = _top_parser().parse_args(argv)
    command = cast("Command", importlib.import_module(f"pipelines.{chosen.command}"))
    parser = CommandParser(prog=f"suzgi {chosen.command}", allow_abbrev=False)
    parser.description = _sentence(COMMANDS[chosen.command])
    command.add_arguments(parser)
    arguments, unknown = parser.parse_known_args(chosen.arguments)
    if "beam_flags" in arguments:
        arguments.beam_flags = unknown
        arguments.own_flags = known_flags(parser)
    elif unknown:
        raise CommandError(ExitCode.USAGE, unknown_flag(unknown[0], known_flags(parser)))
    return command.run(arguments)


def _top_parser() -> argparse.ArgumentParser:
    """Return the parser that finds the subcommand."""
    listing = "\n".join(f"  {name:<10}{purpose}" for name, purpose in COMMANDS.items())
    parser = CommandParser(
        prog="suzgi",
        usage="suzgi [--help] [--version] COMMAND ...",
        description="Raw pages in, typed articles out.\n\ncommands:\n" + listing,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"suzgi {version('suzgi')}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _sentence(phrase: str) -> str:
    """Return a phrase as a sentence."""
    return f"{phrase[0].upper()}{phrase[1:]}."


def known_flags(parser: argparse.ArgumentParser) -> list[str]:
    """Return the long flags of a parser."""
    options = (option for action in parser._actions for option in action.option_strings)
    return [option for option in options if option.startswith("--")]


def unknown_flag(argument: str, known: Sequence[str]) -> str:
    """Return the message for an argument that nobody knows, with the flag that may be meant."""
    if not argument.startswith("-"):
        return f"unexpected argument {argument!r}"
    flag = argument.partition("=")[0]
    nearest = difflib.get_close_matches(flag, known, 1)
    return f"unknown flag {flag}" + (f"; did you mean {nearest[0]}?" if nearest else "")


if __name__ == "__main__":
    sys.exit(main())
