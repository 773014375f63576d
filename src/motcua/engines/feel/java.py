"""The part of Java's standard library that DMN files call by signature (DMN 1.5, 10.3.2.13.3).

No Java runs here: mathematics and conversions between numbers and strings are computed with Java's types and
their limits. Any other class or method is a fault.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from motcua.engines.feel.values import NUMBERS, Fault, kind

_SIGNATURE = re.compile(r"\s*(\w+)\s*\(([^()]*)\)\s*")
_WHOLE = {"byte": 8, "short": 16, "int": 32, "long": 64}
_BOXES = {
    "Byte": "byte",
    "Short": "short",
    "Integer": "int",
    "Long": "long",
    "Float": "float",
    "Double": "double",
}
_STRING, _OBJECTS = "java.lang.String", "[Ljava.lang.Object;"


def java_method(class_name: str, signature: str) -> Callable[[Sequence[Any]], Any]:
    """The method as a function of FEEL values. Raises Fault when there is none of that class and signature."""
    match = _SIGNATURE.fullmatch(signature)
    if not match:
        raise Fault(f'"{signature}" is no method signature, as max(double, double) is')
    name = match[1]
    types = [part.strip() for part in match[2].split(",") if part.strip()]
    simple = class_name.removeprefix("java.lang.")
    method = _method(simple, name, types) if class_name.startswith("java.lang.") else None
    if method is None:
        raise Fault(f"the method {class_name}.{signature} cannot be called here")

    def invoke(args: Sequence[Any]) -> Any:
        try:
            return method(_arguments(args, types))
        except (ArithmeticError, ValueError, struct.error):
            raise Fault(f"{class_name}.{name} has no value for these arguments") from None

    return invoke


def _arguments(args: Sequence[Any], types: list[str]) -> list[Any]:
    if types and types[-1] == _OBJECTS:
        if len(args) < len(types) - 1:
            raise Fault(f"{len(types)} arguments are needed")
        fixed = [_to_java(value, wanted) for value, wanted in zip(args, types[:-1], strict=False)]
        return [*fixed, list(args[len(types) - 1 :])]
    if len(args) != len(types):
        raise Fault(f"{len(types)} arguments are needed, not {len(args)}")
    return [_to_java(value, wanted) for value, wanted in zip(args, types, strict=True)]


def _to_java(value: Any, wanted: str) -> Any:
    box = _BOXES.get(wanted.removeprefix("java.lang."), wanted)
    if box in _WHOLE and isinstance(value, Decimal):
        limit = 2 ** (_WHOLE[box] - 1)
        if value != value.to_integral_value() or not -limit <= value < limit:
            raise Fault(f"{value} is no {box}")
        return int(value)
    if box in ("float", "double") and isinstance(value, Decimal):
        return _single(float(value)) if box == "float" else float(value)
    if wanted == "char" and isinstance(value, str) and len(value) == 1:
        return value
    if wanted == _STRING and isinstance(value, str):
        return value
    if wanted in ("boolean", "java.lang.Boolean") and isinstance(value, bool):
        return value
    if wanted == "java.lang.Object":
        return value
    raise Fault(f"a {kind(value)} cannot be given as {wanted}")


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _from_java(value: Any, box: str) -> Any:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return NUMBERS.create_decimal(value)
    if not math.isfinite(value):
        raise Fault("the result is not a finite number")
    if box == "float":
        digits = next((d for d in range(6, 9) if _single(float(f"{value:.{d}g}")) == value), 9)
        return Decimal(f"{value:.{digits}g}")
    return NUMBERS.create_decimal(repr(value))


def _method(cls: str, name: str, types: list[str]) -> Callable[[list[Any]], Any] | None:
    if cls == "Math":
        return _mathematics(name, types)
    if cls == "String":
        return _text(name, types)
    if cls in _BOXES and len(types) == 1:
        return _conversion(cls, name, types[0])
    if cls == "Boolean" and name in ("valueOf", "parseBoolean") and types == [_STRING]:
        return lambda args: args[0].lower() == "true"
    return None


def _conversion(cls: str, name: str, given: str) -> Callable[[list[Any]], Any] | None:
    box = _BOXES[cls]
    parses = name in ("valueOf", f"parse{'Int' if cls == 'Integer' else cls}")
    if parses and given == _STRING:
        return lambda args: _parsed(args[0], box)
    if name == "valueOf" and given == box:
        return lambda args: _from_java(args[0], box)
    return None


def _parsed(text: str, box: str) -> Any:
    if box in _WHOLE:
        if not re.fullmatch(r"[+-]?\d+", text, re.ASCII) or len(text) > 20:
            raise Fault(f'"{text}" is no {box}')
        return _from_java(_to_java(Decimal(text), box), box)
    if len(text) > 400:
        raise Fault("the text is too long for a number")
    number = float(text)
    return _from_java(_single(number) if box == "float" else number, box)


_DOUBLE_FUNCTIONS: dict[str, Callable[..., float]] = {
    name: getattr(math, name)
    for name in (
        "sqrt",
        "cbrt",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "exp",
        "log",
        "log10",
        "sinh",
        "cosh",
    )
} | {
    "tanh": math.tanh,
    "expm1": math.expm1,
    "log1p": math.log1p,
    "toRadians": math.radians,
    "toDegrees": math.degrees,
    "floor": lambda x: float(math.floor(x)),
    "ceil": lambda x: float(math.ceil(x)),
    "rint": lambda x: float(round(x)),
    "signum": lambda x: math.copysign(1.0, x) if x else x,
    "pow": math.pow,
    "atan2": math.atan2,
    "hypot": math.hypot,
}
_TWO = ("pow", "atan2", "hypot")


def _mathematics(name: str, types: list[str]) -> Callable[[list[Any]], Any] | None:
    if not types or len(set(types)) != 1:
        return None
    box = types[0]
    if name in ("max", "min") and len(types) == 2 and box in ("int", "long", "float", "double"):
        choose = max if name == "max" else min
        return lambda args: _from_java(choose(args), box)
    if name == "abs" and len(types) == 1 and box in ("int", "long", "float", "double"):
        return lambda args: _from_java(abs(args[0]), box)
    if name == "round" and len(types) == 1 and box in ("float", "double"):
        return lambda args: _from_java(math.floor(args[0] + 0.5), "long")
    function = _DOUBLE_FUNCTIONS.get(name)
    if function and box == "double" and len(types) == (2 if name in _TWO else 1):
        return lambda args: _from_java(function(*args), box)
    return None


def _text(name: str, types: list[str]) -> Callable[[list[Any]], Any] | None:
    if name == "valueOf" and len(types) == 1 and types[0] != _OBJECTS:
        from motcua.engines.feel.library.conversion import as_text

        return lambda args: str(args[0]) if isinstance(args[0], float) else as_text(_boxed(args[0]))
    if name == "format" and types == [_STRING, _OBJECTS]:
        return lambda args: _formatted(args[0], args[1])
    return None


def _boxed(value: Any) -> Any:
    return Decimal(value) if type(value) is int else value


_FORMAT = re.compile(r"%(?:(\d+)\$)?([-+0 ,]*)(\d{1,3})?(?:\.(\d{1,3}))?([sSdfxXbcen%])")


def _formatted(template: str, values: list[Any]) -> str:
    """String.format for %s, %d, %f, %e, %x, %b, %c, %n and %%, with width, precision and position."""
    following = iter(range(len(values)))

    def one(match: re.Match[str]) -> str:
        position, flags, width, precision, sign = match.groups()
        if sign in "%n":
            return "%" if sign == "%" else "\n"
        at = int(position) - 1 if position else next(following, len(values))
        if not 0 <= at < len(values):
            raise Fault(f"there is no value for {match.group()}")
        return _one_formatted(values[at], flags, width or "", precision, sign)

    if "%" in _FORMAT.sub("", template):
        raise Fault(f'"{template[:60]}" is no format')
    return _FORMAT.sub(one, template)


def _one_formatted(value: Any, flags: str, width: str, precision: str | None, sign: str) -> str:
    from motcua.engines.feel.library.conversion import as_text

    if sign in "dxXfe":
        if not isinstance(value, Decimal):
            raise Fault(f"%{sign} needs a number")
        number = int(value) if sign in "dxX" else value
        digits = f".{precision or 6}" if sign in "fe" else ""
        body = format(number, f"{'+' if '+' in flags else ''}{',' if ',' in flags else ''}{digits}{sign}")
        fill = "0" if "0" in flags else " "
        return body.ljust(int(width or 0)) if "-" in flags else body.rjust(int(width or 0), fill)
    text = as_text(value)
    text = text[: int(precision)] if precision else text
    text = text.upper() if sign == "S" else text
    return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))
