"""Every title and detail that the source can give a Problem, read from it: with HOLE where a value will be."""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parent.parent / "layers/domain/python/frontdesk"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEEPEST = 8
HOLE = "\0"
_HOLE = frozenset({HOLE})


class Texts(NamedTuple):
    """What one call of Problem may say, and where it stands in the source."""

    where: str
    titles: frozenset[str]
    details: frozenset[str]


class Source:
    def __init__(self, package: Path = PACKAGE) -> None:
        self._calls: dict[str, list[ast.Call]] = {}
        self._functions: dict[tuple[Path, str], ast.FunctionDef] = {}
        self._above: dict[ast.AST, ast.AST] = {}
        self._files: dict[ast.AST, Path] = {}
        for path in sorted(package.rglob("*.py")):
            tree = ast.parse(path.read_text())
            self._files[tree] = path
            for node in ast.walk(tree):
                self._above |= dict.fromkeys(ast.iter_child_nodes(node), node)
                if isinstance(node, ast.Call):
                    self._calls.setdefault(_called(node), []).append(node)
                elif isinstance(node, _FUNCTIONS):
                    self._functions[path, node.name] = node
        self._package = package

    def texts(self) -> Iterator[Texts]:
        for call in self._calls["Problem"]:
            where = f"{self._file(call).relative_to(self._package)}:{call.lineno}"
            yield Texts(
                where,
                self._read(self._argument(call, 1, "title")),
                self._read(self._argument(call, 2, "detail")),
            )

    def errors(self, *parts: str) -> frozenset[str]:
        """What the ValueErrors of some parts of the package say: those of validators and readers become details."""
        inside = [
            call
            for call in self._calls["ValueError"]
            if self._file(call).relative_to(self._package).parts[0] in parts
        ]
        return frozenset(text for call in inside for text in self._read(call.args[0]))

    def _file(self, node: ast.AST) -> Path:
        while node in self._above:
            node = self._above[node]
        return self._files[node]

    def _functions_around(self, node: ast.AST) -> Iterator[ast.FunctionDef]:
        while node in self._above:
            node = self._above[node]
            if isinstance(node, _FUNCTIONS):
                yield node

    def _read(self, node: ast.expr | None, depth: int = 0) -> frozenset[str]:
        """The templates that an expression may have as its value."""
        match node:
            case ast.Constant(value=str() as text):
                return frozenset({text})
            case ast.Constant(value=None):
                return frozenset()
            case ast.JoinedStr(values=parts):
                return _joined([self._read(part, depth) for part in parts])
            case ast.FormattedValue(value=value, conversion=conversion):
                # Of what is shown with quotes, one value is as good as another.
                read = (
                    self._read(value, depth + 1)
                    if conversion == -1 and node.format_spec is None
                    else frozenset[str]()
                )
                return read or _HOLE
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined([self._read(left, depth) or _HOLE, self._read(right, depth) or _HOLE])
            case ast.IfExp(body=body, orelse=orelse):
                return self._read(body, depth) | self._read(orelse, depth)
            case ast.Call(
                func=ast.Attribute(value=value, attr="replace"),
                args=[ast.Constant(value=str(old)), ast.Constant(value=str(new))],
            ):
                return frozenset(text.replace(old, new) for text in self._read(value, depth))
            case ast.Name(id=name) if depth < _DEEPEST:
                return self._named(node, name, depth + 1)
            case ast.Call() if depth < _DEEPEST:
                return frozenset().union(*(self._read(value, depth + 1) for value in self._returned(node)))
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int(place))):
                calls = [
                    call for function in self._functions_around(node) for call in _assigned(function, name)
                ]
                pairs = [
                    pair for call in calls if isinstance(call, ast.Call) for pair in self._returned(call)
                ]
                return frozenset().union(
                    *(
                        self._read(pair.elts[place], depth + 1)
                        for pair in pairs
                        if isinstance(pair, ast.Tuple)
                    )
                )
            case _:
                return frozenset()

    def _named(self, node: ast.expr, name: str, depth: int) -> frozenset[str]:
        for function in self._functions_around(node):
            values = list(_assigned(function, name))
            if values:
                return frozenset().union(*(self._read(value, depth) or _HOLE for value in values))
            parameters = [
                each.arg
                for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
            ]
            if name in parameters:
                found = [
                    self._read(value, depth) or _HOLE for value in self._passed(function, name, parameters)
                ]
                return frozenset().union(*found)
        return frozenset()

    def _returned(self, call: ast.Call) -> list[ast.expr]:
        """What a function of the same file may answer."""
        function = self._functions.get((self._file(call), _called(call)))
        return (
            [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
            if function
            else []
        )

    def _argument(self, call: ast.Call, place: int, name: str) -> ast.expr | None:
        for i, value in enumerate(call.args[: place + 1]):
            if isinstance(value, ast.Starred):
                # A pair that is passed on as arguments.
                element = ast.Subscript(value.value, ast.Constant(place - i), ast.Load())
                self._above |= {element: call}
                return element
        by_name = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
        return call.args[place] if place < len(call.args) else by_name

    def _passed(self, function: ast.FunctionDef, name: str, parameters: list[str]) -> Iterator[ast.expr]:
        """What callers pass as a parameter. A name with an underscore, or of a function in another, is of its file alone."""
        owner = self._above[function]
        called = (
            owner.name if isinstance(owner, ast.ClassDef) and function.name == "__init__" else function.name
        )
        place = parameters.index(name) - (parameters[0] in ("self", "cls"))
        local = called.startswith("_") or isinstance(owner, _FUNCTIONS)
        for call in self._calls.get(called, ()):
            if not local or self._file(call) == self._file(function):
                value = self._argument(call, place, name)
                if value is not None:
                    yield value


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _assigned(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=target)], value=value)
                | ast.NamedExpr(target=ast.Name(id=target), value=value)
            ):
                if target == name:
                    yield value


def _joined(parts: list[frozenset[str]]) -> frozenset[str]:
    return frozenset("".join(texts) for texts in product(*parts))


if __name__ == "__main__":
    for texts in Source().texts():
        print(
            texts.where,
            *sorted(texts.titles),
            *(text.replace(HOLE, "{}") for text in sorted(texts.details)),
            sep="\n    ",
        )
