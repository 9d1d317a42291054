"""What a run notes about itself: what shapes its output, and the listing that it read."""

import hashlib
import json
from dataclasses import dataclass

from transforms.create_once import create_once, create_or_read
from transforms.listing import is_remote
from transforms.manifest import Options
from transforms.output_files import COMMIT_RECORD, LISTINGS, RUN_RECORD, STREAM_NAME
from transforms.parts import OutputError, join_output, read_whole, told_of, write_whole
from transforms.sealed import seal, unseal
from transforms.shard_reports import WORK


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What has to be the same for two runs to be parts of one."""

    version: str
    options: Options

    def digest(self) -> str:
        """Return a hash that stands for it."""
        canonical = json.dumps([self.version, dict(self.options)], sort_keys=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    def difference(self, other: "RunIdentity") -> str:
        """Return in words what of the other is not as here; nothing where they are the same."""
        told = [] if other.version == self.version else [f"version {other.version}"]
        told += [
            f"--{name.replace('_', '-')} {other.options.get(name) or 'not given'}"
            for name in sorted({*self.options, *other.options})
            if other.options.get(name) != self.options.get(name)
        ]
        return ", ".join(told)


def record_run(output: str, identity: RunIdentity) -> None:
    """Note which run takes the output; raise OutputError where another has taken it."""
    content = seal({"version": identity.version, "options": dict(identity.options)})
    path = _run_path(output)
    if is_remote(path):
        create_once(path, content, "run")
    else:
        write_whole(path, content, "run")


def recorded_run(output: str) -> RunIdentity | None:
    """Return the run that has the output; None where none has. Raises OutputError."""
    path = _run_path(output)
    sealed = read_whole(path)
    if sealed is None:
        return None
    return _identity_in(sealed, path)


def record_stream(output: str, identity: RunIdentity) -> RunIdentity:
    """Note which stream has the output; return the one that has it. Raises OutputError."""
    path = join_output(output, STREAM_NAME)
    content = seal({"version": identity.version, "options": dict(identity.options)})
    return _identity_in(create_or_read(path, content, "run"), path)


def claim_commit(output: str, run: str) -> None:
    """Note in a store which run is about to commit; raise OutputError where another one is.

    Manifests have names of their own, so that the store would take those of two runs.
    """
    path = join_output(output, f"{WORK}/{COMMIT_RECORD}")
    try:
        create_once(path, seal({"run": run}), "claim")
    except OutputError as error:
        raise OutputError(
            f"{error}. Where it is not at work any more, delete that object and run again"
        ) from error


def tell_commit(output: str, run: str) -> None:
    """Tell the watch at work which run is about to commit; raise OutputError where that fails.

    It would find the new manifest among all others, too, but not in the same time for ever. A
    watch that starts looks at all of them: nothing has to outlast a power failure.
    """
    path = join_output(output, f"{WORK}/{COMMIT_RECORD}")
    try:
        with open(path, "wb") as stream:  # noqa: PTH123 (paths are strings here, as uris are)
            stream.write(seal({"run": run}))
    except OSError as error:
        raise OutputError(told_of(f"cannot write {path}", error)) from error


def told_commit(output: str) -> str | None:
    """Return the run that was about to commit last; None where nobody tells. Raises OutputError."""
    try:
        sealed = read_whole(join_output(output, f"{WORK}/{COMMIT_RECORD}"))
        return str(unseal(sealed)["run"]) if sealed else None
    except (ValueError, KeyError):
        return None


def record_listing(output: str, run: str, listing_sha256: str) -> None:
    """Note the listing whose content the run has; raise OutputError where that cannot be."""
    content = seal({"run": run, "listing_sha256": listing_sha256})
    write_whole(listing_path(output, run), content, "listing")


def recorded_listing(output: str, run: str) -> str | None:
    """Return the listing that a run read; None where nobody knows it."""
    try:
        sealed = read_whole(listing_path(output, run))
        held = unseal(sealed) if sealed else {}
    except (OutputError, ValueError):
        return None
    return str(held["listing_sha256"]) if held.get("run") == run else None


def listing_path(output: str, run: str) -> str:
    """Return where the listing of a run is noted."""
    return join_output(output, f"{LISTINGS}/{run}.json")


def _identity_in(sealed: bytes, path: str) -> RunIdentity:
    """Return the run that a record names; raise OutputError where it cannot be read."""
    try:
        held = unseal(sealed)
        return RunIdentity(held["version"], held["options"])
    except (ValueError, KeyError) as error:
        message = f"{path} cannot be read: {error}. Delete the directory, or name a new one"
        raise OutputError(message) from error


def _run_path(output: str) -> str:
    """Return where the run that has not ended is noted."""
    return join_output(output, f"{WORK}/{RUN_RECORD}")
