"""What the interpreter takes, and that it refuses what it does not know."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from discovery import methods
from workflow_expressions import Evaluator, ExpressionError, RaisedError
from workflow_settings import SOURCE
from workflow_steps import Workflow

VARIABLES = {"a": 2, "text": "x", "map": {"k": {"n": 1}}, "list": [1, 2], "yes": True, "none": None}


def no_requests(method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    raise AssertionError((method, arguments))


def run(text: str, argument: Any = None) -> Any:
    """Return what a workflow returns that is given as YAML: the steps of main, or all."""
    source = yaml.safe_load(text)
    whole = source if "main" in source else {"main": {"params": ["given"], "steps": source}}
    return Workflow(whole, {}, no_requests).run(argument)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3", 9),
        ("7 // 2 + 7 % 2", 4),
        ("7 / 2", 3.5),
        ("-a + 1", -1),
        ('text + "y" == "xy"', True),
        ("a > 1 and not (a == 3) or false", True),
        ("a == 3 or a == 2 and yes", True),
        ('"k" in map', True),
        ("3 in list", False),
        ('map.k["n"] + list[1]', 3),
        ("default(none, a)", 2),
        ('default(map.get(map, "no"), "nothing")', "nothing"),
        ("none == null", True),
        ('text.substring(time.format(0, "Asia/Almaty"), 0, 10)', "1970-01-01"),
        ('time.parse("1970-01-02T00:00:00Z")', 86400.0),
        ('text.match_regex("2026-05-14", "^[0-9-]+$")', True),
        ("math.min(a, 5) + math.max(a, 5) + math.abs(-a)", 9),
        ('int("7") + len(list)', 9),
        ("string(yes) + string(2)", "true2"),
        ("list.concat(list, 3)", [1, 2, 3]),
        (r'"a \"quoted\" word"', 'a "quoted" word'),
    ],
)
def test_expressions(expression: str, value: Any) -> None:
    assert Evaluator({}, lambda: 0.0).evaluate(expression, VARIABLES) == value


@pytest.mark.parametrize(
    "expression",
    [
        "missing",
        "a.lower()",
        "[1, 2]",
        "{}",
        "f(a)",
        "http.get(a)",
        "sys.sleep(1)",
        "a if yes else 0",
        "a ** 2",
        "a; a",
        "",
        "'x'",
        "a" + " + a" * 100,
    ],
)
def test_what_is_not_of_the_language_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        Evaluator({}, lambda: 0.0).evaluate(expression, VARIABLES)


@pytest.mark.parametrize(
    ("expression", "tag"),
    [
        ("map.no", "KeyError"),
        ("list[2]", "IndexError"),
        ("text + 1", "TypeError"),
        ("text and yes", "TypeError"),
        ("a < text", "TypeError"),
        ("string(text)", "TypeError"),
        ("a / 0", "ZeroDivisionError"),
        ('sys.get_env("NOT_THERE")', "KeyError"),
        ('map.get(none, "k")', "TypeError"),
    ],
)
def test_what_fails_can_be_caught(expression: str, tag: str) -> None:
    with pytest.raises(RaisedError) as caught:
        Evaluator({}, lambda: 0.0).evaluate(expression, VARIABLES)
    assert tag in caught.value.value["tags"]


def test_a_loop_and_an_except_have_their_own_variables() -> None:
    text = """
    - begin: {assign: [{sum: 0}]}
    - add:
        for:
          value: number
          index: position
          in: "${given}"
          steps:
            - keep: {assign: [{both: "${number * position}"}, {sum: "${sum + both}"}]}
    - fail:
        try: {raise: {code: 7}}
        except:
          as: error
          steps:
            - take: {assign: [{sum: "${sum + error.code}"}]}
    - end: {return: "${sum}"}
    """
    assert run(text, [10, 20, 30]) == 20 + 60 + 7
    with pytest.raises(ExpressionError, match="no variable both"):
        run(text.replace('{return: "${sum}"}', '{return: "${both}"}'), [1])


def test_a_value_is_copied_when_it_is_assigned() -> None:
    text = """
    - begin:
        assign:
          - one: {}
          - two: ${one}
          - two.key: 1
          - two["other"]: 2
    - end: {return: ["${one}", "${two}"]}
    """
    assert run(text) == [{}, {"key": 1, "other": 2}]


def test_a_subworkflow_sees_its_parameters_alone() -> None:
    text = """
    main:
      params: [given]
      steps:
        - call_it: {call: add, args: {left: "${given}"}, result: sum}
        - end: {return: "${sum}"}
    add:
      params: [left, right: 1]
      steps:
        - end: {return: "${left + right}"}
    """
    assert run(text, 2) == 3
    with pytest.raises(ExpressionError, match="no variable given"):
        run(text.replace("${left + right}", "${given}"), 2)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{call: googleapis.run.v2.projects.locations.jobs.run}", "not known here"),
        ("{parallel: {branches: []}}", "not known here"),
        ("{assign: [], return: 1}", "not known here"),
        ("{call: sys.sleep, args: {minutes: 1}}", "sys.sleep takes"),
        ("{call: sys.sleep}", "sys.sleep takes"),
        ("{call: http.get, args: {url: x, retries: 1}}", "http.get takes"),
        ("{next: nowhere}", "no step nowhere"),
        ('{return: "a ${given}"}', "within a string"),
        ('{return: "${given +}"}', "given"),
        ('{switch: [{condition: "${given)"}]}', "given"),
        ("{for: {value: v, range: [1, 2], steps: [{s: {next: end}}]}}", "KeyError|'in'"),
        ("{for: {value: v, in: [], steps: [{s: {next: again}}]}}", "no step again"),
        ("{try: {next: end}, retry: {max_retries: 3}}", "retry that is not known"),
        ("{try: {next: end}, except: {steps: []}}", "`as` and `steps`"),
        ("{assign: [{x: 1}], nxt: end}", "nxt"),
        ("{steps: [{again: {next: end}}]}", "two steps have one name"),
    ],
)
def test_a_step_that_is_not_known_is_refused_before_it_runs(step: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        run(f"[{{again: {step}}}]")


def faulty(path: list[Any], value: Any) -> dict[str, Any]:
    """Return the workflow of a day with one thing changed."""
    source: Any = copy.deepcopy(SOURCE)
    place = source
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    changed: dict[str, Any] = source
    return changed


def test_a_fault_in_the_workflow_of_a_day_is_found_before_it_runs() -> None:
    Workflow(SOURCE, {}, no_requests)
    with pytest.raises(ExpressionError, match="not known here: load_day"):
        Workflow(faulty(["take_day", "steps", 5, "load", "call"], "load_day"), {}, no_requests)
    with pytest.raises(ExpressionError, match="takes"):
        Workflow(faulty(["take_day", "steps", 5, "load", "args"], {"day": 1}), {}, no_requests)


def test_requests_are_compared_with_what_google_says() -> None:
    (launch,) = (
        each
        for each in methods("dataflow.v1b3")
        if each.id.endswith("flexTemplates.launch") and "locations" in each.id
    )
    parameter = {"jobName": "x", "environment": {"maxWorkers": 3}}
    assert launch.faults_of_request({}, {"launchParameter": parameter}) == []
    for wrong in (
        {"launchParameters": parameter},
        {"launchParameter": {"jobname": "x"}},
        {"launchParameter": {"environment": {"maxWorkers": "3"}}},
        {"launchParameter": {"environment": {"ipConfiguration": "PRIVATE"}}},
    ):
        assert len(launch.faults_of_request({}, wrong)) == 1
    assert launch.faults_of_request({"jobName": "x"}, {}) != []
    assert launch.faults_of_answer({"job": {"currentState": "DONE"}}) != []
