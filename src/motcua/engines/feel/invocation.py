"""Calling and making functions, and reading properties, in a scope: faults become null with a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from motcua.engines.feel import nodes as n
from motcua.engines.feel import temporal, types
from motcua.engines.feel.java import java_method
from motcua.engines.feel.values import Builtin, Fault, Function, Run, UserFunction

RUN = "\0run"
Scope = dict[str, Any]
Code = Callable[[Scope], Any]

_MAX_CALLS = 120


def builtin_call(name: str, known: Builtin, args: list[Code]) -> Code:
    """A call of a library function by its own name, unless the scope gives that name another value."""

    def invoke(scope: Scope) -> Any:
        values = [arg(scope) for arg in args]
        if name in scope:
            return call(scope, name, scope[name], values, None)
        run: Run = scope[RUN]
        run.spend_on(*values)
        try:
            result = known.invoke(values)
        except Fault as fault:
            return null(scope, f"{name}: {fault}")
        run.spend_on(result)
        return result

    return invoke


def call(scope: Scope, name: str, target: Any, values: Sequence[Any], names: list[str] | None) -> Any:
    """Invoke a function value; null with a message when it is none or does not fit."""
    run: Run = scope[RUN]
    if not isinstance(target, Function):
        return null(scope, f"{name} is not a function")
    run.spend()
    run.spend_on(*values)
    run.depth += 1
    try:
        if run.depth > _MAX_CALLS:
            return null(scope, f"{name} calls itself more than {_MAX_CALLS} times deep")
        result = (
            target.invoke(values)
            if names is None
            else target.invoke_named(dict(zip(names, values, strict=True)))
        )
        run.spend_on(result)
        return result
    except Fault as fault:
        return null(scope, f"{name}: {fault}")
    finally:
        run.depth -= 1


def define(
    scope: Scope,
    params: tuple[str, ...],
    declared: tuple[types.Type | None, ...],
    body: Code,
    *,
    name: str = "",
    result: types.Type | None = None,
) -> UserFunction:
    """A function value that closes over the scope as it is now."""
    captured = scope.copy()
    run: Run = scope[RUN]

    def run_body(args: Sequence[Any]) -> Any:
        run.spend()  # library functions such as sort call without passing through `call`
        inner = captured.copy()
        for param, wanted, value in zip(params, declared, args, strict=True):
            inner[param] = value if wanted is None else types.coerce(value, wanted)
        return body(inner)

    function = UserFunction(params, declared, run_body, name, result)
    function.closure = captured
    return function


def external(params: tuple[str, ...], parts: Mapping[str, str] | None) -> Code:
    """A function defined outside FEEL by `class` and `method signature`; a null with a message where it is not
    one that can be called here."""
    if parts is None:
        return lambda scope: null(
            scope, "only functions of Java, given by class and method signature, are known"
        )
    try:
        method = java_method(parts.get("class", ""), parts.get("method signature", ""))
    except Fault as fault:
        message = str(fault)
        return lambda scope: null(scope, message)
    function = UserFunction(params, (None,) * len(params), method)
    return lambda scope: function


def external_parts(body: n.Node) -> Mapping[str, str] | None:
    """The texts inside {java: {class: "…", method signature: "…"}}."""
    java = dict(body.entries).get("java") if isinstance(body, n.ContextNode) else None
    if not isinstance(java, n.ContextNode):
        return None
    return {key: value.value for key, value in java.entries if isinstance(value, n.Literal)}


def property_of(scope: Scope, value: Any, name: str) -> Any:
    """value.name for contexts, lists of contexts (projection), dates, times, durations and ranges."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        return null(scope, f"there is no entry {name}")
    if isinstance(value, list):
        return [property_of(scope, item, name) for item in value]
    if value is None:
        return null(scope, f"null has no {name}")
    return guarded(scope, temporal.property_of, value, name)


def guarded(scope: Scope, operation: Callable[..., Any], *args: Any) -> Any:
    """The operation's value, or null with its message."""
    try:
        result = operation(*args)
    except Fault as fault:
        return null(scope, str(fault))
    if type(result) is str:
        scope[RUN].spend_on(result)
    return result


def null(scope: Scope, message: str) -> Any:
    """Null, with a message why."""
    scope[RUN].warn(message)
    return None
