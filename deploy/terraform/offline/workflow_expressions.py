"""Evaluate the expressions of Google Cloud Workflows, `${…}`, as far as workflow.yaml uses them.

The language is that of https://cloud.google.com/workflows/docs/reference/syntax/expressions, its
functions those of https://cloud.google.com/workflows/docs/reference/stdlib/overview. What is not
known here is an error, never a guess: an expression that a test has run is one that Workflows
takes, as far as its documentation says.
"""

import copy
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

MAX_CHARACTERS = 400
"""Of an expression: https://cloud.google.com/workflows/quotas#resource_limits."""

GRAMMAR = r"""
?start: either
?either: both | either "or" both
?both: negation | both "and" negation
?negation: comparison | "not" negation -> not
?comparison: sum | sum COMPARED sum
?sum: product | sum SIGN product
?product: unary | product FACTOR unary
?unary: place | "-" unary -> minus
?place: atom
    | place "." NAME -> field
    | place "[" either "]" -> index
    | place "(" [either ("," either)*] ")" -> call
?atom: NUMBER | STRING | TRUE | FALSE | NULL | NAME | "(" either ")"
COMPARED: "==" | "!=" | "<=" | ">=" | "<" | ">" | "in"
SIGN: "+" | "-"
FACTOR: "*" | "//" | "/" | "%"
TRUE.2: /(true|True|TRUE)\b/
FALSE.2: /(false|False|FALSE)\b/
NULL.2: /null\b/
NAME: /[A-Za-z_][A-Za-z0-9_]*/
NUMBER: /[0-9]+(\.[0-9]+)?/
STRING: /"(\\.|[^"\\])*"/
%ignore /\s+/
"""


class ExpressionError(Exception):
    """An expression that Workflows would not take, or that this module does not know."""


@dataclass(frozen=True)
class RaisedError(Exception):
    """What a workflow raised, or a call in it: a map, as `except` gets it."""

    value: Any


@cache
def parse(text: str) -> Tree[Token] | Token:
    """Return the tree of an expression, which is without `${}`.

    Raises ExpressionError for what is too long or not of the language.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"{len(text)} characters, Workflows takes {MAX_CHARACTERS}: {text}")
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise ExpressionError(f"{text}: {error}") from error


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def expression_of(value: object) -> str | None:
    """Return what stands between `${` and `}` where a value is an expression as a whole.

    Raises ExpressionError where an expression is only a part of a string: Workflows takes none.
    """
    if not isinstance(value, str) or "${" not in value:
        return None
    text = value.strip()
    if not (text.startswith("${") and text.endswith("}")) or "${" in text[2:]:
        raise ExpressionError(f"an expression within a string: {value}")
    return text[2:-1]


class Evaluator:
    """Evaluates expressions over variables, with the functions that do not block."""

    def __init__(self, environment: Mapping[str, str], now: Callable[[], float]) -> None:
        self.functions: dict[str, Callable[..., Any]] = {
            **FUNCTIONS,
            "sys.get_env": lambda name: _environment(environment, name),
            "sys.now": now,
        }

    def evaluate(self, text: str, variables: Mapping[str, Any]) -> Any:
        """Return the value of an expression, which is without `${}`."""
        return self._value(parse(text), variables)

    def render(self, value: Any, variables: Mapping[str, Any]) -> Any:
        """Return a value of the workflow with each expression in it evaluated; always a copy."""
        if isinstance(value, Mapping):
            return {key: self.render(each, variables) for key, each in value.items()}
        if isinstance(value, list):
            return [self.render(each, variables) for each in value]
        text = expression_of(value)
        return value if text is None else copy.deepcopy(self.evaluate(text, variables))

    def _value(self, node: Tree[Token] | Token, variables: Mapping[str, Any]) -> Any:
        if isinstance(node, Token):
            return _leaf(node, variables)
        if node.data == "call":
            name, *arguments = node.children
            return self._call(dotted(name), [self._value(each, variables) for each in arguments])
        if dotted(node) in CONSTANTS:
            return CONSTANTS[dotted(node)]
        if node.data == "field":
            return read_place(self._value(node.children[0], variables), str(node.children[1]))
        if node.data == "either":
            return _boolean(self._value(node.children[0], variables)) or _boolean(
                self._value(node.children[1], variables)
            )
        if node.data == "both":
            return _boolean(self._value(node.children[0], variables)) and _boolean(
                self._value(node.children[1], variables)
            )
        values = [
            each.value
            if isinstance(each, Token) and each.type in {"COMPARED", "SIGN", "FACTOR"}
            else self._value(each, variables)
            for each in node.children
        ]
        return OPERATIONS[node.data](*values)

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if name not in self.functions:
            raise ExpressionError(f"{name} is not known here, or blocks and needs a step: call")
        return self.functions[name](*arguments)


def dotted(node: Tree[Token] | Token) -> str:
    """Return `a.b.c` where that is what a tree says, and nothing otherwise."""
    if isinstance(node, Token):
        return str(node) if node.type == "NAME" else ""
    if node.data != "field":
        return ""
    return f"{dotted(node.children[0])}.{node.children[1]}"


def read_place(container: Any, key: Any) -> Any:
    """Return a value of a map or a list; raises RaisedError as Workflows raises KeyError."""
    if isinstance(container, dict) and isinstance(key, str):
        if key not in container:
            raise RaisedError({"tags": ["KeyError", "LookupError"], "message": f"KeyError: {key}"})
        return container[key]
    if isinstance(container, list) and isinstance(key, int):
        if not 0 <= key < len(container):
            message = f"IndexError: {key} of {len(container)}"
            raise RaisedError({"tags": ["IndexError", "LookupError"], "message": message})
        return container[key]
    raise _type_error(f"{key!r} of {type(container).__name__}")


def _leaf(token: Token, variables: Mapping[str, Any]) -> Any:
    match token.type:
        case "NUMBER":
            return float(token) if "." in token else int(token)
        case "STRING":
            return re.sub(r"\\(.)", r"\1", str(token)[1:-1])
        case "TRUE" | "FALSE":
            return token.type == "TRUE"
        case "NULL":
            return None
    if token not in variables:
        raise ExpressionError(f"there is no variable {token}")
    return variables[str(token)]


def _type_error(message: str) -> RaisedError:
    return RaisedError({"tags": ["TypeError"], "message": f"TypeError: {message}"})


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _type_error(f"{value!r} is no boolean")
    return value


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _type_error(f"{value!r} is no number")
    return value


def _compare(left: Any, sign: str, right: Any) -> bool:
    if sign in {"==", "!="}:
        return bool((left == right) is (sign == "=="))
    if sign == "in":
        if not isinstance(right, (dict, list)):
            raise _type_error(f"in {right!r}")
        return left in right
    compared = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[sign]
    return bool(compared(_number(left), _number(right)))


def _add(left: Any, sign: str, right: Any) -> Any:
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    return _number(left) + _number(right) if sign == "+" else _number(left) - _number(right)


def _multiply(left: Any, sign: str, right: Any) -> Any:
    if sign != "*" and _number(right) == 0:
        raise RaisedError({"tags": ["ZeroDivisionError"], "message": "ZeroDivisionError"})
    computed = {
        "*": operator.mul,
        "/": operator.truediv,
        "//": operator.floordiv,
        "%": operator.mod,
    }[sign]
    return computed(_number(left), _number(right))


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "not": lambda value: not _boolean(value),
    "comparison": _compare,
    "sum": _add,
    "product": _multiply,
    "minus": lambda value: -_number(value),
    "index": read_place,
}


def _environment(environment: Mapping[str, str], name: str) -> str:
    if name not in environment:
        raise RaisedError({"tags": ["KeyError"], "message": f"there is no variable {name}"})
    return environment[name]


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(_number(value))


def _integer(value: Any) -> int:
    return int(value) if isinstance(value, str) else int(_number(value))


def _double(value: Any) -> float:
    return float(value) if isinstance(value, str) else float(_number(value))


def _map_get(target: Any, key: str) -> Any:
    if not isinstance(target, dict):
        raise _type_error(f"map.get of {target!r}")
    return target.get(key)


def _format(seconds: float, timezone: str = "UTC") -> str:
    return datetime.fromtimestamp(_number(seconds), ZoneInfo(timezone)).isoformat(
        "T", "microseconds"
    )


def _parse(text: str) -> float:
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ExpressionError(f"time.parse wants a time zone: {text}")
    return parsed.astimezone(UTC).timestamp()


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "default": lambda value, otherwise: otherwise if value is None else value,
    "double": _double,
    "int": _integer,
    "len": len,
    "list.concat": lambda target, value: [*target, value],
    "map.get": _map_get,
    "math.abs": lambda value: abs(_number(value)),
    "math.floor": lambda value: math.floor(_number(value)),
    "math.max": lambda left, right: max(_number(left), _number(right)),
    "math.min": lambda left, right: min(_number(left), _number(right)),
    "string": _string,
    "text.match_regex": lambda text, pattern: re.search(pattern, text) is not None,
    "text.replace_all": lambda text, old, new: text.replace(old, new),
    "text.substring": lambda text, begin, end: text[begin:end],
    "time.format": _format,
    "time.parse": _parse,
}


@dataclass(frozen=True)
class Retry:
    """A policy of `retry`: which errors it repeats, and how often."""

    codes: frozenset[int]
    tags: frozenset[str]
    max_retries: int = 5

    def takes(self, error: object) -> bool:
        """Tell whether an error is one to try again after."""
        if not isinstance(error, dict):
            return False
        return error.get("code") in self.codes or bool(self.tags & set(error.get("tags", ())))


CONSTANTS: Mapping[str, Retry] = {
    "http.default_retry": Retry(
        codes=frozenset({429, 502, 503, 504}),
        tags=frozenset({"ConnectionError", "ConnectionFailedError", "TimeoutError"}),
    ),
    "http.default_retry_non_idempotent": Retry(
        codes=frozenset({429, 503}), tags=frozenset({"ConnectionFailedError"})
    ),
}
"""https://cloud.google.com/workflows/docs/reference/stdlib/http/default_retry and its neighbour."""
