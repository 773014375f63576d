"""FEEL, the Friendly Enough Expression Language of DMN 1.5, compiled to closures."""

from motcua.engines.feel.conversion import from_python, to_json
from motcua.engines.feel.conversion import text_of as as_text
from motcua.engines.feel.expression import (
    Evaluation,
    Expression,
    clock_functions,
    compile,  # noqa: A004 - the verb of the trade
    compile_unary_tests,
    evaluate,
)
from motcua.engines.feel.lexer import FeelSyntaxError
from motcua.engines.feel.values import Function, Range, UserFunction, YearsMonthsDuration

__all__ = [
    "Evaluation",
    "Expression",
    "FeelSyntaxError",
    "Function",
    "Range",
    "UserFunction",
    "YearsMonthsDuration",
    "as_text",
    "clock_functions",
    "compile",
    "compile_unary_tests",
    "evaluate",
    "from_python",
    "to_json",
]
