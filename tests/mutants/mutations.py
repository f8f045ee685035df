"""The possible mutations of a function: each of its guards in turn, by its syntax tree. Runs nothing."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_NEARLY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt
}  # fmt: skip
_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is
}  # fmt: skip
# Of these a test is left out whole, or made to hold always: that says more than its opposite.
_TESTED = (ast.If, ast.IfExp, ast.BoolOp, ast.BinOp, ast.comprehension, ast.match_case)
_MOST_OF_A_NAME = 120


class Mutant(NamedTuple):
    """One change of one function, by names that outlive a move: of the function, and of the expression that is changed.

    `line` of the file is where the change is made, `compiled` the module's code with it. A number tells equal ones apart.
    """

    name: str
    module: str
    path: str
    function: str
    line: int
    compiled: Callable[[], Any]


class _Change(NamedTuple):
    line: int
    text: str
    apply: Callable[[], Callable[[], None]]


def mutants_of(module: str, path: str, source: str) -> Iterator[Mutant]:
    """Yields every mutant of a module's functions and methods."""
    tree = ast.parse(source)
    seen = Counter[str]()
    for function, node in _functions(tree.body, ""):
        for change in _changes(node):
            name = f"{function}: {change.text}"
            seen[name] += 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            yield Mutant(name, module, path, function, change.line, _compiling(tree, path, change))


def _compiling(tree: ast.Module, path: str, change: _Change) -> Callable[[], Any]:
    def compiled() -> Any:
        undo = change.apply()
        try:
            return compile(ast.fix_missing_locations(tree), path, "exec")
        finally:
            undo()

    return compiled


def _functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")


def _changes(function: ast.FunctionDef) -> Iterator[_Change]:
    for statement in function.body:
        for parent, field, index, node in _nodes(function, statement):
            for text, new in _instead_of(node, is_test=isinstance(parent, _TESTED)):
                yield _Change(node.lineno, text, _putting(parent, field, index, new))
            yield from _left_out(node)


def _nodes(parent: ast.AST, node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, Any]]:
    """Yields each node below with its place. Skips assertions, which inform the type checker and guard nothing."""
    for field, value in ast.iter_fields(parent):
        if value is node:
            yield from _below(parent, field, None, node)
        elif isinstance(value, list):
            for index, each in enumerate(value):
                if each is node:
                    yield from _below(parent, field, index, node)


def _below(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> Iterator[Any]:
    if isinstance(node, ast.Assert | ast.Constant) and not isinstance(parent, ast.keyword | ast.Call):
        return
    if isinstance(node, ast.expr | ast.stmt):
        yield parent, field, index, node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        if isinstance(value, ast.AST):
            yield from _below(node, name, None, value)
        elif isinstance(value, list):
            for i, each in enumerate(value):
                if isinstance(each, ast.AST):
                    yield from _below(node, name, i, each)


def _putting(parent: Any, field: str, index: int | None, new: ast.AST) -> Callable[[], Callable[[], None]]:
    def apply() -> Callable[[], None]:
        old = getattr(parent, field) if index is None else getattr(parent, field)[index]
        ast.copy_location(new, old)

        def put(node: Any) -> None:
            if index is None:
                setattr(parent, field, node)
            else:
                getattr(parent, field)[index] = node

        put(new)
        return lambda: put(old)

    return apply


def _instead_of(node: ast.AST, *, is_test: bool) -> Iterator[tuple[str, ast.AST]]:
    """Yields what may replace a node."""

    def other(new: ast.AST) -> tuple[str, ast.AST]:
        return f"{_text(node)} -> {_text(new)}", new

    match node:
        case ast.Compare(left, ops, rights):
            for at, op in enumerate(ops):
                swapped = _NEARLY.get(type(op)) or (None if is_test else _NEGATED.get(type(op)))
                if swapped:
                    yield other(ast.Compare(left, [*ops[:at], swapped(), *ops[at + 1 :]], rights))
            if isinstance(ops[0], ast.LtE) and _is_constant_name(rights[0]):
                yield other(ast.BinOp(left, ast.BitAnd(), rights[0]))
            match left, rights:
                case ast.Tuple(ours), [ast.Tuple(theirs)] if len(ours) == len(theirs):
                    for at in range(len(ours)):
                        kept = [
                            ast.Tuple([*each[:at], *each[at + 1 :]], ast.Load()) for each in (ours, theirs)
                        ]
                        yield other(ast.Compare(kept[0], ops, [kept[1]]))
        case ast.BoolOp(op, values):
            for at in range(len(values)):
                rest = [*values[:at], *values[at + 1 :]]
                yield other(rest[0] if len(rest) == 1 else ast.BoolOp(op, rest))
        case ast.BinOp(left, ast.BitAnd() | ast.BitOr(), right):
            yield other(left)
            yield other(right)
        case ast.BinOp(left, ast.Add() | ast.Sub()) if not _is_text(left):
            yield other(left)
        case ast.UnaryOp(ast.Not(), operand) if not is_test:
            yield other(operand)
        case ast.IfExp(_, body, orelse):
            yield other(body)
            yield other(orelse)
        case ast.Constant(bool() as value):
            yield other(ast.Constant(not value))
        case ast.Call(ast.Name("min" | "max" as name), args, keywords):
            yield other(ast.Call(ast.Name("max" if name == "min" else "min", ast.Load()), args, keywords))
        case ast.AugAssign() | ast.Delete() | ast.Expr(ast.Call()):
            yield f"without {_text(node)}", ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield f"without {_text(node)}", ast.Pass()
        case ast.Assign([ast.Name(name)], value) if name in _names(value):
            yield f"without {_text(node)}", ast.Pass()


def _left_out(node: Any) -> Iterator[_Change]:
    """Yields what may be left out of a node: the test of a branch, an element, a condition, an argument."""
    match node:
        case ast.If(test):
            for value in (False, True):
                new = ast.Constant(value)
                yield _Change(
                    node.lineno, f"if {_text(test)} -> if {value}", _putting(node, "test", None, new)
                )
        case ast.List(elements, ast.Load()) | ast.Set(elements) if len(elements) > 1:
            for at, element in enumerate(elements):
                yield _Change(element.lineno, f"without {_text(element)}", _without(elements, at))
        case ast.Dict(keys, values):
            for at, (key, value) in enumerate(zip(keys, values, strict=True)):
                if key is not None:
                    text = f"without {_text(key)}: {_text(value)}"
                    yield _Change(value.lineno, text, _without(keys, at, values))
        case ast.comprehension(_, _, tests):
            for at, test in enumerate(tests):
                yield _Change(test.lineno, f"without if {_text(test)}", _without(tests, at))
        case ast.Call(func, args, keywords):
            for at, keyword in enumerate(keywords):
                if keyword.arg and _is_function(func):
                    text = f"{_text(func)}() without {keyword.arg}={_text(keyword.value)}"
                    yield _Change(keyword.value.lineno, text, _without(keywords, at))
            if isinstance(func, ast.Attribute) and func.attr in ("put", "delete") and len(args) > 1:
                text = f"{_text(node)} without {_text(args[-1])}"
                yield _Change(node.lineno, text, _without(args, len(args) - 1))
        case ast.Match(_, cases):
            for case in cases:
                if case.guard:
                    text = f"case {_text(case.pattern)} without if {_text(case.guard)}"
                    yield _Change(case.guard.lineno, text, _putting(case, "guard", None, ast.Constant(True)))
                if isinstance(case.pattern, ast.MatchOr):
                    for at, pattern in enumerate(case.pattern.patterns):
                        text = f"case {_text(case.pattern)} without {_text(pattern)}"
                        patterns = case.pattern.patterns
                        rest = [*patterns[:at], *patterns[at + 1 :]]
                        new = rest[0] if len(rest) == 1 else ast.MatchOr(rest)
                        yield _Change(pattern.lineno, text, _putting(case, "pattern", None, new))
    for field in ("generators",):
        for comprehension in getattr(node, field, ()):
            yield from _left_out(comprehension)


def _without(
    elements: list[Any], at: int, beside: list[Any] | None = None
) -> Callable[[], Callable[[], None]]:
    def apply() -> Callable[[], None]:
        lists = [each for each in (elements, beside) if each is not None]
        gone = [each.pop(at) for each in lists]

        def undo() -> None:
            for each, element in zip(lists, gone, strict=True):
                each.insert(at, element)

        return undo

    return apply


def _is_constant_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id.isupper()


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_function(func: ast.expr) -> bool:
    """Whether this is a function, not a record: a record without one of its fields is invalid, and guards nothing."""
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return name.lower() == name


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _MOST_OF_A_NAME else f"{text[: _MOST_OF_A_NAME - 1]}…"
