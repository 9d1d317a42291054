"""How a command ends: its exit codes, and the error that carries one."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command; 128 + n: stopped by signal n, as shells have it."""

    OK = 0
    USAGE = 2
    NO_INPUT = 3
    OUTPUT_UNUSABLE = 4
    TOO_MANY_DEAD_LETTERS = 5
    RUN_FAILED = 6
    FAULTS_FOUND = 7
    INTERRUPTED = 130


class CommandError(Exception):
    """Ends a command with a message for its user and an exit code."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.message = message
