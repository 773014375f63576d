"""FEEL tokens into a syntax tree (DMN 1.5, 10.3.1.2). Precedence climbing; names by the longest known one."""

from __future__ import annotations

from decimal import Decimal

from motcua.engines.feel import nodes as n
from motcua.engines.feel.lexer import NAME_OPERATORS, FeelSyntaxError, Token, TooTangled, unescape
from motcua.engines.feel.reading import MAX_NESTING, Reader
from motcua.engines.feel.values import NUMBERS

_COMPARISONS = {"=", "!=", "<", "<=", ">", ">="}
_OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _UNARY = range(1, 8)
_ARITHMETIC = {"+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER}


class Parser(Reader):
    """Reads one text. `names` are the names in scope that hold spaces, operators or keywords."""

    # entrances

    def expression(self) -> n.Node:
        """The whole text as one expression."""
        if self.now.kind == "end":
            raise FeelSyntaxError("the expression is empty")
        node = self._expression()
        self._expect_end()
        return node

    def unary_tests(self) -> n.Tests:
        """The whole text as the tests of a table cell."""
        if self.now.kind == "end":
            raise FeelSyntaxError("the test is empty; write - for any value")
        if self.now.text == "-" and self.stream[1].kind == "end":
            return n.Tests([], start=0, end=len(self.source))
        negated = self._negated_tests()
        if negated is not None:
            return negated
        tests = self._separated(self._expression)
        self._expect_end()
        return n.Tests(tests, start=0, end=len(self.source))

    def _negated_tests(self) -> n.Tests | None:
        if not (self.now.text == "not" and self.stream[1].text == "("):
            return None
        self.at = 2
        try:
            tests = self._separated(self._expression)
            self._expect(")")
        except TooTangled:
            raise
        except FeelSyntaxError:
            self.at = self.depth = 0
            return None
        if self.now.kind != "end":
            self.at = 0
            return None
        return n.Tests(tests, negated=True, start=0, end=len(self.source))

    # expressions, loosest first

    def _expression(self, tightness: int = _OR) -> n.Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self._tangled(f"the expression is nested more than {MAX_NESTING} levels deep")
        try:
            return self._operators(tightness)
        finally:
            self.depth -= 1

    def _operators(self, tightness: int) -> n.Node:
        start = self.now.start
        left = self._operand()
        while True:
            op = self.now.text if self.now.kind in ("op", "keyword") else ""
            if op in _ARITHMETIC and _ARITHMETIC[op] >= tightness:
                left = self._arithmetic(left, _ARITHMETIC[op])
            elif op in ("and", "or") and tightness <= (level := _AND if op == "and" else _OR):
                left = self._logic(left, op, level)
            elif tightness <= _COMPARE and op in _COMPARISONS:
                self._advance()
                left = n.Comparison(op, left, self._expression(_ADD))
            elif tightness <= _COMPARE and op == "between":
                left = self._between(left)
            elif tightness <= _COMPARE and op == "in":
                self._advance()
                left = n.In(left, self._in_tests())
            else:
                return left
            self._placed(left, start)

    def _arithmetic(self, first: n.Node, level: int) -> n.Node:
        rest: list[tuple[str, n.Node]] = []
        while self.now.kind == "op" and _ARITHMETIC.get(self.now.text) == level:
            op = self._advance().text
            rest.append((op, self._expression(level + 1)))
        return n.Chain(first, rest)

    def _logic(self, first: n.Node, op: str, level: int) -> n.Node:
        operands = [first]
        while self._accept(op):
            operands.append(self._expression(level + 1))
        return n.Logic(op, operands)

    def _between(self, value: n.Node) -> n.Node:
        self._advance()
        low = self._expression(_ADD)
        self._expect("and")
        return n.Between(value, low, self._expression(_ADD))

    def _in_tests(self) -> list[n.Node]:
        if not self._is("("):
            return [self._expression(_ADD)]
        before = self.at, self.depth
        try:
            self._advance()
            tests = self._separated(self._expression)
            self._expect(")")
            if len(tests) > 1:
                return tests
        except TooTangled:
            raise
        except FeelSyntaxError:
            pass
        self.at, self.depth = before
        return [self._expression(_ADD)]

    def _operand(self) -> n.Node:
        token = self.now
        if token.kind == "op" and token.text in _COMPARISONS:
            op = self._advance().text
            if self.now.text in _COMPARISONS:
                raise self._error(f"a value is expected, but {self._found()}")
            return self._placed(n.UnaryComparison(op, self._expression(_ADD)), token.start)
        if token.text == "-" and token.kind == "op":
            return self._negation()
        return self._postfix(self._primary(), token.start)

    def _negation(self) -> n.Node:
        start = self._advance().start
        if self.now.kind == "number":
            value = self._number(self._advance())
            return self._postfix(self._placed(n.Literal(-value), start), start)
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self._tangled(f"the expression is nested more than {MAX_NESTING} levels deep")
        node = n.Negation(self._operand())
        self.depth -= 1
        return self._placed(node, start)

    def _postfix(self, node: n.Node, start: int) -> n.Node:
        links = 0
        while True:
            if self._is("."):
                self._advance()
                node = n.Property(node, self._property_name())
            elif self._is("["):
                before = self.at, self.depth
                self._advance()
                try:
                    by = self._outside_interval()
                    self._expect("]")
                except FeelSyntaxError as error:
                    if not self.in_interval or isinstance(error, TooTangled):
                        raise
                    self.at, self.depth = before
                    return node
                node = n.Filter(node, by)
            elif self._is("("):
                node = self._call(node)
            elif self._is("instance"):
                self._advance()
                if self.now.text != "of":
                    raise self._error(f"'instance' is followed by 'of', but {self._found()}")
                self._advance()
                node = n.InstanceOf(node, self._type())
            else:
                return node
            links += 1
            if links > 2 * MAX_NESTING:
                raise self._tangled(f"more than {2 * MAX_NESTING} steps in one path")
            self._placed(node, start)

    #: how many interval ends are being read, where "[" may close instead of open
    in_interval = 0

    def _primary(self) -> n.Node:
        token = self.now
        if token.kind == "number":
            return self._placed(n.Literal(self._number(self._advance())), token.start)
        if token.kind == "string":
            return self._placed(n.Literal(unescape(self.source, self._advance())), token.start)
        reader = _READERS.get(token.text) if token.kind in ("op", "keyword") else None
        if token.kind in ("name", "keyword") and (reader is None or self._known_here()):
            return self._placed(n.Name(self._name()), token.start)
        if reader is None:
            raise self._error(f"a value is expected, but {self._found()}")
        return self._placed(reader(self), token.start)

    def _number(self, token: Token) -> Decimal:
        try:
            return NUMBERS.create_decimal(token.text)
        except ArithmeticError:
            raise self._error("this number is too large", token) from None

    # the pieces in alphabetical order of what opens them

    def _call(self, function: n.Node) -> n.Node:
        self._expect("(")
        if self._accept(")"):
            return n.Call(function, [])
        if self._named_argument():
            return self._named_call(function)
        args = self._closed_list(")")
        return n.Call(function, args)

    def _named_argument(self) -> bool:
        at = self.at
        while self.stream[at].kind in ("name", "keyword", "number") or self.stream[at].text in NAME_OPERATORS:
            at += 1
        return at > self.at and self.stream[at].text == ":" and self.now.kind in ("name", "keyword")

    def _named_call(self, function: n.Node) -> n.Node:
        names: list[str] = []
        args: list[n.Node] = []
        while True:
            name = self._free_name(":")
            self._advance()
            if name in names:
                raise self._error(f"the parameter {name} is given twice")
            names.append(name)
            args.append(self._outside_interval())
            if not self._accept(","):
                break
        self._expect(")")
        return n.Call(function, args, names)

    def _outside_interval(self) -> n.Node:
        saved, self.in_interval = self.in_interval, 0
        try:
            return self._expression()
        finally:
            self.in_interval = saved

    def _closed_list(self, closer: str) -> list[n.Node]:
        items = [self._outside_interval()]
        while self._accept(","):
            items.append(self._outside_interval())
        self._expect(closer)
        return items

    def _at(self) -> n.Node:
        self._advance()
        if self.now.kind != "string":
            raise self._error('@ is followed by a date, time or duration in quotes, as in @"2026-01-31"')
        return n.AtLiteral(unescape(self.source, self._advance()))

    def _bracket(self) -> n.Node:
        self._advance()
        if self._accept("]"):
            return n.ListNode([])
        first = self._outside_interval()
        if self._is(".."):
            return self._interval(first, low_included=True)
        items = [first]
        while self._accept(","):
            items.append(self._outside_interval())
        self._expect("]")
        return n.ListNode(items)

    def _open_interval(self) -> n.Node:
        self._advance()
        return self._interval(self._outside_interval(), low_included=False)

    def _interval(self, low: n.Node, *, low_included: bool) -> n.Node:
        self._expect("..")
        saved, self.in_interval = self.in_interval, 1
        try:
            high = self._expression()
        finally:
            self.in_interval = saved
        if self.now.text not in ("]", ")", "["):
            raise self._error(f"an interval ends with ], ) or [, but {self._found()}")
        closer = self._advance().text
        return n.Interval(low, high, low_included, closer == "]")

    def _paren(self) -> n.Node:
        self._advance()
        inner = self._outside_interval()
        if self._is(".."):
            return self._interval(inner, low_included=False)
        self._expect(")")
        return inner

    def _context(self) -> n.Node:
        self._advance()
        entries: list[tuple[str, n.Node]] = []
        taken: set[str] = set()
        while not self._accept("}"):
            if entries:
                self._expect(",")
            token = self.now
            if token.kind == "string":
                key = unescape(self.source, self._advance())
                self.known.add(key)
            else:
                key = self._free_name(":")
            self._expect(":")
            if key in taken:
                raise self._error(f"the key {key} stands twice in one context", token)
            taken.add(key)
            entries.append((key, self._outside_interval()))
        return n.ContextNode(entries)

    def _if(self) -> n.Node:
        branches: list[tuple[n.Node, n.Node]] = []
        while True:
            self._expect("if")
            condition = self._expression()
            self._expect("then")
            branches.append((condition, self._expression()))
            self._expect("else")
            if not self._is("if"):
                return n.If(branches, self._expression())

    def _for(self) -> n.Node:
        self._advance()
        iterators = self._iterators("return")
        return n.For(iterators, self._expression())

    def _quantified(self) -> n.Node:
        every = self._advance().text == "every"
        iterators = self._iterators("satisfies")
        return n.Quantified(every, iterators, self._expression())

    def _iterators(self, closer: str) -> list[tuple[str, n.Node, n.Node | None]]:
        found: list[tuple[str, n.Node, n.Node | None]] = []
        while True:
            name = self._free_name("in")
            self._advance()
            domain = self._expression()
            upto = self._expression() if self._accept("..") else None
            found.append((name, domain, upto))
            if not self._accept(","):
                break
        self._expect(closer)
        return found

    def _function(self) -> n.Node:
        self._advance()
        self._expect("(")
        params: list[tuple[str, n.TypeNode | None]] = []
        while not self._accept(")"):
            if params:
                self._expect(",")
            name = self._free_name(")", ",", ":")
            params.append((name, self._type() if self._accept(":") else None))
        external = self._accept("external")
        return n.FunctionNode(params, self._expression(), external)

    def _true(self) -> n.Node:
        return n.Literal({"true": True, "false": False, "null": None}[self._advance().text])


_READERS = {
    "@": Parser._at,
    "[": Parser._bracket,
    "]": Parser._open_interval,
    "(": Parser._paren,
    "{": Parser._context,
    "if": Parser._if,
    "for": Parser._for,
    "some": Parser._quantified,
    "every": Parser._quantified,
    "function": Parser._function,
    "true": Parser._true,
    "false": Parser._true,
    "null": Parser._true,
}
