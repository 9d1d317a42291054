"""Run a workflow of Google Cloud Workflows here, as far as workflow.yaml uses the language.

What is run: subworkflows, `assign`, `call` (of subworkflows, `http.get`, `http.post`, `http.put`,
`sys.log` and `sys.sleep`), `switch`, `for` over a list, `try` with `except` or a `retry` by name,
`raise`, `return`, `next`. Anything else (connectors, `parallel`, callbacks, ranges, own retry
policies) is refused before the first step runs, as is a step whose key, target, argument or
expression is not known. Time is a number that `sys.sleep` moves. Not modelled: the limits of
memory, of steps and of the size of a log entry.

https://cloud.google.com/workflows/docs/reference/syntax
"""

import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from workflow_expressions import (
    Evaluator,
    ExpressionError,
    RaisedError,
    Retry,
    expression_of,
    parse,
)

Step = Mapping[str, Any]
Steps = list[Mapping[str, Step]]

HTTP_CALLS = {"http.get": "GET", "http.post": "POST", "http.put": "PUT"}
CALLS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(HTTP_CALLS, frozenset({"url", "query", "body", "auth"})),
    "sys.log": frozenset({"severity", "json"}),
    "sys.sleep": frozenset({"seconds"}),
}
KEYS: Mapping[str, frozenset[str]] = {
    "assign": frozenset({"assign", "next"}),
    "call": frozenset({"call", "args", "result", "next"}),
    "for": frozenset({"for"}),
    "next": frozenset({"next"}),
    "raise": frozenset({"raise"}),
    "return": frozenset({"return"}),
    "steps": frozenset({"steps"}),
    "switch": frozenset({"switch"}),
    "try": frozenset({"try", "retry", "except"}),
}
"""What a step may have, by the key that tells what it is."""

NAME = re.compile(r"[A-Za-z_]\w*")
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 60.0, 1.25
"""https://cloud.google.com/workflows/docs/reference/stdlib/retry/default_backoff"""


class Requests(Protocol):
    """What sends requests."""

    def __call__(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return `code`, `headers` and `body`; raises RaisedError for codes of errors."""


@dataclass(frozen=True)
class Return:
    """A step that ends a workflow with a value."""

    value: Any


@dataclass(frozen=True)
class Next:
    """A step that goes on elsewhere."""

    name: str


class Scope(ChainMap[str, Any]):
    """Variables: those of a loop or an `except` are gone after it, others can be changed in it."""

    def __setitem__(self, name: str, value: Any) -> None:
        """Change a variable where it is; a new one is of the innermost scope."""
        owner = next((own for own in self.maps if name in own), self.maps[0])
        owner[name] = value


class Workflow:
    """A checked workflow, to be run once or several times."""

    def __init__(
        self,
        source: Mapping[str, Any],
        environment: Mapping[str, str],
        requests: Requests,
        now: float = 0.0,
    ) -> None:
        """Raise ExpressionError for what Workflows would not deploy, or what is not known here."""
        self.source = source
        self.requests = requests
        self.now = now
        self.logged: list[Mapping[str, Any]] = []
        self.evaluator = Evaluator(environment, lambda: self.now)
        if "main" not in source:
            raise ExpressionError("there is no workflow main")
        for name, workflow in source.items():
            self._check_workflow(name, workflow)

    def run(self, argument: Any) -> Any:
        """Return what main returns; raises RaisedError with what it raised."""
        return self._run_workflow(
            "main", {parameter_name(self.source["main"]["params"][0]): argument}
        )

    # Running.

    def _run_workflow(self, name: str, arguments: Mapping[str, Any]) -> Any:
        scope = Scope()
        for parameter in self.source[name].get("params", []):
            key = parameter_name(parameter)
            scope[key] = arguments[key] if key in arguments else parameter[key]
        ended = self._run_all(self.source[name]["steps"], scope)
        return ended.value if isinstance(ended, Return) else None

    def _run_all(self, steps: Steps, scope: Scope) -> Return | Next | None:
        names = [next(iter(step)) for step in steps]
        position = 0
        while position < len(steps):
            ended = self._run_step(steps[position][names[position]], scope)
            if isinstance(ended, Return) or (isinstance(ended, Next) and ended.name not in names):
                return ended
            position = names.index(ended.name) if isinstance(ended, Next) else position + 1
        return None

    def _run_step(self, step: Step, scope: Scope) -> Return | Next | None:
        ended = getattr(self, f"_run_{kind_of(step)}")(step, scope)
        return ended or (Next(step["next"]) if "next" in step else None)

    def _run_next(self, step: Step, scope: Scope) -> None:
        """Do nothing: where it goes on is in every step."""

    def _run_steps(self, step: Step, scope: Scope) -> Return | Next | None:
        return self._run_all(step["steps"], scope)

    def _run_return(self, step: Step, scope: Scope) -> Return:
        return Return(self.evaluator.render(step["return"], scope))

    def _run_raise(self, step: Step, scope: Scope) -> None:
        raise RaisedError(self.evaluator.render(step["raise"], scope))

    def _run_assign(self, step: Step, scope: Scope) -> None:
        for assignment in step["assign"]:
            ((place, value),) = assignment.items()
            self._assign(place, self.evaluator.render(value, scope), scope)

    def _assign(self, place: str, value: Any, scope: Scope) -> None:
        """Put a value into a variable, or under a key of a map: `a`, `a.key` or `a[expression]`."""
        name, _, rest = re.sub(r"\.(\w+)$", r'["\1"]', place).partition("[")
        if not rest:
            scope[name] = value
            return
        if not isinstance(scope[name], dict):
            raise ExpressionError(f"{place}: {name} is no map")
        scope[name][self.evaluator.evaluate(rest.removesuffix("]"), scope)] = value

    def _run_call(self, step: Step, scope: Scope) -> None:
        arguments = self.evaluator.render(step.get("args", {}), scope)
        result = self._call(step["call"], arguments)
        if "result" in step:
            scope[step["result"]] = result

    def _call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        if name in HTTP_CALLS:
            return self.requests(HTTP_CALLS[name], arguments)
        if name == "sys.sleep":
            self.now += arguments["seconds"]
            return None
        if name == "sys.log":
            self.logged.append({"severity": arguments["severity"], **arguments["json"]})
            return None
        return self._run_workflow(name, arguments)

    def _run_switch(self, step: Step, scope: Scope) -> Return | Next | None:
        for branch in step["switch"]:
            matches = self.evaluator.render(branch["condition"], scope)
            if not isinstance(matches, bool):
                raise ExpressionError(f"{branch['condition']} is no boolean: {matches!r}")
            if matches:
                return self._run_step({k: v for k, v in branch.items() if k != "condition"}, scope)
        return None

    def _run_for(self, step: Step, scope: Scope) -> Return | Next | None:
        loop = step["for"]
        for position, value in enumerate(self.evaluator.render(loop["in"], scope)):
            own = {loop["value"]: value} | ({loop["index"]: position} if "index" in loop else {})
            ended = self._run_all(loop["steps"], Scope(own, *scope.maps))
            if ended is not None:
                return ended
        return None

    def _run_try(self, step: Step, scope: Scope) -> Return | Next | None:
        try:
            return self._try_again(step, scope)
        except RaisedError as error:
            if "except" not in step:
                raise
            handler = step["except"]
            return self._run_all(handler["steps"], Scope({handler["as"]: error.value}, *scope.maps))

    def _try_again(self, step: Step, scope: Scope) -> Return | Next | None:
        policy = self.evaluator.render(step["retry"], scope) if "retry" in step else None
        pause, tries = FIRST_PAUSE, 0
        while True:
            try:
                return self._run_step(step["try"], scope)
            except RaisedError as error:
                if policy is None or tries == policy.max_retries or not policy.takes(error.value):
                    raise
            self.now += pause
            pause, tries = min(pause * GROWTH, LONGEST_PAUSE), tries + 1

    # Checking.

    def _check_workflow(self, name: str, workflow: Mapping[str, Any]) -> None:
        if unknown := set(workflow) - {"params", "steps"}:
            raise ExpressionError(f"{name}: {unknown} is not known")
        names: list[str] = []
        self._check_steps(workflow["steps"], (), names)
        if len(names) != len(set(names)):
            raise ExpressionError(f"{name}: two steps have one name: {sorted(names)}")

    def _check_steps(self, steps: Steps, outer: tuple[str, ...], names: list[str]) -> None:
        own = tuple(next(iter(step)) for step in steps)
        names.extend(own)
        for step in steps:
            ((name, content),) = step.items()
            try:
                self._check_step(content, (*outer, *own), names)
            except (ExpressionError, KeyError, TypeError, ValueError) as error:
                raise ExpressionError(f"{name}: {error}") from error

    def _check_step(self, step: Step, targets: tuple[str, ...], names: list[str]) -> None:
        kind = kind_of(step)
        if unknown := set(step) - KEYS[kind]:
            raise ExpressionError(f"{unknown} in a step with {kind}")
        if step.get("next", "end") not in {*targets, "end"}:
            raise ExpressionError(f"there is no step {step['next']} to go to")
        for key in ("assign", "args", "return", "raise", "retry"):
            check_expressions(step.get(key))
        for branch in step.get("switch", ()):
            check_expressions(branch["condition"])
            self._check_step({k: v for k, v in branch.items() if k != "condition"}, targets, names)
        if "steps" in step:
            self._check_steps(step["steps"], targets, names)
        if "call" in step:
            self._check_call(step)
        if "for" in step:
            check_expressions(step["for"]["in"])
            if unknown := set(step["for"]) - {"value", "index", "in", "steps"}:
                raise ExpressionError(f"{unknown} in a loop")
            self._check_steps(step["for"]["steps"], (), names)
        if "try" in step:
            self._check_try(step, targets, names)

    def _check_try(self, step: Step, targets: tuple[str, ...], names: list[str]) -> None:
        self._check_step(step["try"], targets, names)
        if "retry" in step and not isinstance(self.evaluator.render(step["retry"], {}), Retry):
            raise ExpressionError(f"a retry that is not known here: {step['retry']}")
        if "except" in step:
            if set(step["except"]) != {"as", "steps"}:
                raise ExpressionError(f"except has `as` and `steps`: {step['except']}")
            self._check_steps(step["except"]["steps"], targets, names)

    def _check_call(self, step: Step) -> None:
        name, given = step["call"], set(step.get("args", {}))
        if name in self.source:
            parameters = self.source[name].get("params", [])
            taken = {parameter_name(each) for each in parameters}
            needed = {each for each in parameters if isinstance(each, str)}
        elif name in CALLS:
            taken, needed = set(CALLS[name]), {"url"} if name in HTTP_CALLS else set(CALLS[name])
        else:
            raise ExpressionError(f"a call that is not known here: {name}")
        if given - taken or needed - given:
            raise ExpressionError(f"{name} takes {sorted(taken)}, not {sorted(given)}")
        if step.get("result") is not None and not NAME.fullmatch(step["result"]):
            raise ExpressionError(f"{step['result']} is no name of a variable")


def kind_of(step: Step) -> str:
    """Return the key that tells what a step does."""
    kinds = [kind for kind in KEYS if kind in step and kind != "next"]
    if len(kinds) > 1 or not (kinds or "next" in step):
        raise ExpressionError(f"what this step does is not known here: {sorted(step)}")
    return kinds[0] if kinds else "next"


def parameter_name(parameter: str | Mapping[str, Any]) -> str:
    """Return the name of a parameter, which is alone or has a default."""
    return parameter if isinstance(parameter, str) else next(iter(parameter))


def check_expressions(value: Any) -> None:
    """Raise ExpressionError where an expression in a value cannot be parsed."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if "[" in str(key):
                parse(str(key))
            check_expressions(each)
    elif isinstance(value, list):
        for each in value:
            check_expressions(each)
    elif (text := expression_of(value)) is not None:
        parse(text)
