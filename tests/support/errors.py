"""What the source raises, found by parsing it: the codes and phrases, and the values given to them."""

import ast
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import NamedTuple

PACKAGE = Path(__file__).parent.parent.parent / "layers/domain/python/frontdesk"


class Use(NamedTuple):
    """A call that passes a key of the catalogue.

    Parts of `key` that only running the code would show are `*`. `values` has the names of the values that the call passes, or is None if
    they are unknown.
    """

    where: str
    key: str
    values: frozenset[str] | None

    def names(self, key: str) -> bool:
        return re.fullmatch(re.escape(self.key).replace(r"\*", ".+"), key) is not None


class _Maker(NamedTuple):
    """A function that makes errors or phrases: the position of the key among its arguments, how values are passed, and its parameters."""

    place: int
    by_keyword: bool
    parameters: frozenset[str]


def names_in(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def sources(package: Path = PACKAGE) -> dict[str, str]:
    """Returns the source of all modules except the catalogue."""
    paths = [path for path in sorted(package.rglob("*.py")) if path.relative_to(package).parts[0] != "errors"]
    return {str(path.relative_to(package)): path.read_text() for path in paths}


class _Function(NamedTuple):
    """A function, or a class by its __init__: its name, its node, and the calls within."""

    name: str
    node: ast.FunctionDef
    calls: list[ast.Call]

    @property
    def parameters(self) -> list[str]:
        arguments = self.node.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        return names[1:] if names[:1] in (["self"], ["cls"]) else names


class _Module(NamedTuple):
    """A parsed module. `calls` has all of its calls, each with the functions around it, the innermost last."""

    tree: ast.Module
    functions: list[_Function]
    calls: list[tuple[ast.Call, tuple[_Function, ...]]]


def uses(modules: Mapping[str, str], *roots: str) -> list[Use]:
    """Returns every call of the `roots`, such as Problem, and of functions that pass a key on to one of them."""
    read = {name: _read(text) for name, text in modules.items()}
    # A function with an underscore, and a method, belong to their file only.
    general = {root: _Maker(0, root == "Invalid", frozenset()) for root in roots}
    of_all = general | _makers([each for module in read.values() for each in module.functions], general)
    found: list[Use] = []
    for name, module in read.items():
        makers = {each: maker for each, maker in of_all.items() if not each.startswith("_")}
        for _ in range(3):
            makers |= _makers(module.functions, makers)
        found += _calls(name, module, makers)
    return found


@cache
def _read(text: str) -> _Module:
    """Parses a module and walks it once, because walking the whole source takes seconds."""
    module = _Module(ast.parse(text), [], [])
    waiting: deque[tuple[ast.AST, str, tuple[_Function, ...]]] = deque([(module.tree, "", ())])
    while waiting:
        node, of_class, around = waiting.popleft()
        if isinstance(node, ast.Call):
            module.calls.append((node, around))
            for function in around:
                function.calls.append(node)
        if isinstance(node, ast.FunctionDef) and (of_class or node.name != "__init__"):
            made = _Function(of_class if node.name == "__init__" else node.name, node, [])
            module.functions.append(made)
            around = (*around, made)
        name = node.name if isinstance(node, ast.ClassDef) else ""
        waiting.extend((child, name, around) for child in ast.iter_child_nodes(node))
    return module


def _makers(functions: Iterable[_Function], makers: Mapping[str, _Maker]) -> dict[str, _Maker]:
    found = {}
    for function in functions:
        for call in function.calls:
            maker = makers.get(_called(call))
            key = _key(call, maker) if maker else None
            for each in _branches(key) if key else ():
                if isinstance(each, ast.Name) and each.id in function.parameters:
                    arguments = function.node.args
                    by_keyword = arguments.kwarg is not None and arguments.kwarg.arg == "values"
                    names = frozenset([*function.parameters, *(more.arg for more in arguments.kwonlyargs)])
                    found[function.name] = _Maker(function.parameters.index(each.id), by_keyword, names)
    return found


def _calls(where: str, module: _Module, makers: Mapping[str, _Maker]) -> Iterator[Use]:
    for call, functions in module.calls:
        maker = makers.get(_called(call))
        key = _key(call, maker) if maker else None
        if maker is None or key is None:
            continue
        around = [module.tree, *(each.node for each in reversed(functions))]
        for text in _texts(key, around):
            yield Use(f"{where}:{call.lineno}", text, _values(call, maker, around))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _key(call: ast.Call, maker: _Maker) -> ast.expr | None:
    if any(isinstance(argument, ast.Starred) for argument in call.args[: maker.place + 1]):
        return None
    return call.args[maker.place] if maker.place < len(call.args) else None


def _branches(node: ast.expr) -> list[ast.expr]:
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def _texts(node: ast.expr, around: list[ast.AST]) -> set[str]:
    """Returns the keys that an expression can have. Returns none for a parameter: `uses` finds its keys in the calls of the function."""
    match node:
        case ast.Constant(value=str() as text):
            return {text}
        case ast.JoinedStr(values=parts):
            return {"".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts)}
        case ast.IfExp(body=body, orelse=orelse):
            return _texts(body, around) | _texts(orelse, around)
        case ast.Subscript(value=ast.Name(id=name)):
            dicts = [value for value in _assigned(name, around) if isinstance(value, ast.Dict)]
            return {text for each in dicts for value in each.values for text in _texts(value, around)}
        case ast.Name(id=name):
            return {text for value in _assigned(name, around) for text in _texts(value, around)}
        case _:
            return set()


def _values(call: ast.Call, maker: _Maker, around: list[ast.AST]) -> frozenset[str] | None:
    if maker.by_keyword:
        names = [each.arg for each in call.keywords if each.arg not in maker.parameters]
        return None if None in names else frozenset(name for name in names if name)
    given = [each.value for each in call.keywords if each.arg == "values"]
    after = call.args[maker.place + 1 : maker.place + 2] or given
    if _called(call) not in ("Problem", "Phrase"):
        return None
    if not after:
        return frozenset()
    found = _assigned(after[0].id, around) if isinstance(after[0], ast.Name) else after
    keys = [
        frozenset(key.value for key in each.keys if isinstance(key, ast.Constant))
        for each in found
        if isinstance(each, ast.Dict)
    ]
    return frozenset(map(str, keys[-1])) if len(set(keys)) == 1 else None


def _assigned(name: str, around: list[ast.AST]) -> list[ast.expr]:
    """Returns what is assigned to a name in the innermost scope that has it."""
    for scope in [*around[1:], around[0]]:
        # For a module, only assignments outside of its functions.
        nodes = scope.body if isinstance(scope, ast.Module) else ast.walk(scope)
        values = [
            node.value
            for node in nodes
            if (
                isinstance(node, ast.Assign)
                and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
            )
            or (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and node.target.id == name
            )
        ]
        if values:
            return [value for value in values if value is not None]
    return []
