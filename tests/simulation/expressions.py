"""DynamoDB's condition and update expressions, as far as the store uses them. Each expression is parsed once."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

Value = dict[str, Any]
Item = dict[str, Value]
Names = Mapping[str, str]
Values = Mapping[str, Value]
Condition = Callable[[Item, Names, Values], bool]
Operand = Callable[[Item, Names, Values], Value | None]

MAX_BYTES = 4096
MAX_OPERATORS = 300
_TOKEN = re.compile(r"\s*([#:]?\w+|<=|>=|<>|[=<>(),.+-])")
_OPERATOR = re.compile(r"<=|>=|<>|[=<>+-]|\b(?:AND|OR|NOT|BETWEEN|IN)\b|\b[a-z_]+ *\(")


class Invalid(Exception):
    """A request that DynamoDB refuses whatever is stored, or a value that an update cannot use."""


Path = tuple[str, ...]


class Update(NamedTuple):
    """`sets` maps paths to new values, `removes` lists paths, `adds` and `deletes` map attributes to values."""

    sets: tuple[tuple[Path, Operand], ...]
    removes: tuple[Path, ...]
    adds: tuple[tuple[Path, Operand], ...]
    deletes: tuple[tuple[Path, Operand], ...]


@lru_cache(20_000)
def condition(text: str) -> Condition:
    check_limits(text)
    parser = _Parser(text)
    result = parser.disjunction()
    parser.end()
    return result


@lru_cache(20_000)
def update(text: str) -> Update:
    # The `=` of an assignment is not an operator.
    check_limits(text, text.count("=") - text.count("<=") - text.count(">="))
    parser = _Parser(text)
    sets: list[tuple[Path, Operand]] = []
    removes: list[Path] = []
    adds: list[tuple[Path, Operand]] = []
    deletes: list[tuple[Path, Operand]] = []
    while parser.left():
        section = parser.take()
        while True:
            path = parser.path()
            if section == "SET":
                parser.take("=")
                sets.append((path, parser.value()))
            elif section == "REMOVE":
                removes.append(path)
            elif section == "ADD":
                adds.append((path, parser.value()))
            elif section == "DELETE":
                deletes.append((path, parser.value()))
            else:
                raise Invalid(f"the store sends no {section}")
            if not parser.took(","):
                break
    paths = sorted([path for path, _ in [*sets, *adds, *deletes]] + removes)
    if any(after[: len(path)] == path for path, after in pairwise(paths)):
        raise Invalid("Two document paths overlap with each other")
    return Update(tuple(sets), tuple(removes), tuple(adds), tuple(deletes))


def check_limits(text: str, assignments: int = 0) -> None:
    if len(text.encode()) > MAX_BYTES:
        raise Invalid(f"Expression size has exceeded the maximum allowed size; {len(text)} bytes")
    if len(_OPERATOR.findall(text)) - assignments > MAX_OPERATORS:
        raise Invalid("The expression contains too many operators")


def updated(item: Item, expression: Update, names: Names, values: Values) -> Item:
    """Returns the item after the update. All of the update sees the item before it."""
    result = dict(item)
    fresh: set[str] = set()
    for path, operand in expression.sets:
        value = operand(item, names, values)
        if value is None:
            raise Invalid("The provided expression refers to an attribute that does not exist in the item")
        _parent(result, path, names, fresh)[_name(names, path[-1])] = value
    for path in expression.removes:
        _parent(result, path, names, fresh).pop(_name(names, path[-1]), None)
    for path, operand in expression.adds:
        _put(_parent(result, path, names, fresh), _name(names, path[-1]), operand(item, names, values), _sum)
    for path, operand in expression.deletes:
        _put(_parent(result, path, names, fresh), _name(names, path[-1]), operand(item, names, values), _rest)
    return result


def _put(within: Item, name: str, value: Value | None, how: Callable[[Value | None, Value], Value]) -> None:
    """Sets a value. An empty set is removed."""
    assert value
    after = how(within.get(name), value)
    if after.get("SS") == []:
        within.pop(name, None)
    else:
        within[name] = after


def _sum(before: Value | None, value: Value) -> Value:
    if before is not None and before.keys() != value.keys():
        raise Invalid("An operand in the update expression has an incorrect data type")
    if "SS" in value:
        return {"SS": sorted({*(before or {"SS": []})["SS"], *value["SS"]})}
    return {"N": str(int((before or {"N": 0})["N"]) + int(value["N"]))}


def _rest(before: Value | None, value: Value) -> Value:
    if "SS" not in value or not (before is None or "SS" in before):
        raise Invalid("An operand in the update expression has an incorrect data type")
    return {"SS": sorted({*(before or {"SS": []})["SS"]} - {*value["SS"]})}


def _parent(item: Item, path: tuple[str, ...], names: Names, fresh: set[str]) -> Item:
    """Returns the map that contains a path's last name, copied."""
    if len(path) == 1:
        return item
    name = _name(names, path[0])
    if "M" not in item.get(name, {}):
        raise Invalid("The document path provided in the update expression is invalid for update")
    if name not in fresh:
        fresh.add(name)
        item[name] = {"M": dict(item[name]["M"])}
    result: Item = item[name]["M"]
    return result


def _name(names: Names, written: str) -> str:
    """Returns the name of an attribute, which may also be written directly."""
    return names[written] if written.startswith("#") else written


def _at(item: Item, path: tuple[str, ...], names: Names) -> Value | None:
    value = item.get(_name(names, path[0]))
    for name in path[1:]:
        value = value.get("M", {}).get(_name(names, name)) if value else None
    return value


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _contains(whole: Any, part: Any) -> bool:
    return part in whole


def _compared(left: Operand, holds: Callable[[Any, Any], bool], right: Operand) -> Condition:
    """Compares two operands. False if either is missing or of another type; but a set contains a string."""

    def compared(*on: Any) -> bool:
        a, b = left(*on), right(*on)
        if a is None or b is None or (a.keys() != b.keys() and holds is not _contains):
            return False
        ((kind, one),), ((_, other),) = a.items(), b.items()
        return holds(int(one), int(other)) if kind == "N" else holds(one, other)

    return compared


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != re.sub(r"\s", "", text):
            raise Invalid(f"Invalid expression: {text}")
        self._at = 0

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def end(self) -> None:
        if self.left():
            raise Invalid(f"Syntax error at {self._tokens[self._at]}")

    def take(self, expected: str | None = None) -> str:
        token: str = self._tokens[self._at] if self.left() else ""
        if not token or (expected and token != expected):
            raise Invalid(f"Syntax error: {token!r} instead of {expected!r}")
        self._at += 1
        return token

    def took(self, token: str) -> bool:
        if self.left() and self._tokens[self._at] == token:
            self._at += 1
            return True
        return False

    def path(self) -> tuple[str, ...]:
        names = [self.take()]
        while self.took("."):
            names.append(self.take())
        return tuple(names)

    def disjunction(self) -> Condition:
        parts = [self._conjunction()]
        while self.took("OR"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda *on: any(part(*on) for part in parts)

    def _conjunction(self) -> Condition:
        parts = [self._term()]
        while self.took("AND"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda *on: all(part(*on) for part in parts)

    def _term(self) -> Condition:
        if self.took("NOT"):
            negated = self._term()
            return lambda *on: not negated(*on)
        if self.took("("):
            inner = self.disjunction()
            self.take(")")
            return inner
        for function, wanted in (("attribute_exists", True), ("attribute_not_exists", False)):
            if self.took(function):
                self.take("(")
                path = self.path()
                self.take(")")
                return lambda item, names, _: (_at(item, path, names) is not None) == wanted
        for function, holds in (("begins_with", str.startswith), ("contains", _contains)):
            if self.took(function):
                self.take("(")
                whole = self._operand()
                self.take(",")
                part = self._operand()
                self.take(")")
                return _compared(whole, holds, part)
        left = self._operand()
        if self.took("BETWEEN"):
            least = _compared(left, _COMPARE[">="], self._operand())
            self.take("AND")
            most = _compared(left, _COMPARE["<="], self._operand())
            return lambda *on: least(*on) and most(*on)
        return _compared(left, _COMPARE[self.take()], self._operand())

    def value(self) -> Operand:
        left = self._operand()
        sign = next((sign for name, sign in (("+", 1), ("-", -1)) if self.took(name)), None)
        if sign is None:
            return left
        right = self._operand()

        def total(*on: Any) -> Value:
            a, b = left(*on), right(*on)
            if not a or not b or "N" not in a or "N" not in b:
                raise Invalid("An operand in the update expression has an incorrect data type")
            return {"N": str(int(a["N"]) + sign * int(b["N"]))}

        return total

    def _operand(self) -> Operand:
        if self.took("if_not_exists"):
            self.take("(")
            path = self.path()
            self.take(",")
            otherwise = self._operand()
            self.take(")")
            return lambda item, names, values: _at(item, path, names) or otherwise(item, names, values)
        path = self.path()
        if path[0].startswith(":"):
            return lambda _, __, values: values[path[0]]
        return lambda item, names, _: _at(item, path, names)
