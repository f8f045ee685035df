"""The arrows of docs/architecture.md: functions -> bootstrap -> api, adapters -> usecases -> domain."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "layers/domain/python/frontdesk"
ALLOWED = {
    "errors": {"errors"},
    "domain": {"domain", "errors"},
    "usecases": {"usecases", "domain", "errors"},
    "adapters": {"adapters", "usecases", "domain"},
    "metrics.py": set(),
    "api": {"api", "metrics", "usecases", "domain", "errors"},
    "bootstrap.py": {"api", "metrics", "adapters", "usecases", "domain"},
}


@cache
def imported(path: Path) -> frozenset[str]:
    """Returns the modules that a file imports anywhere. Cached, because several rules are about them."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            modules.add(node.module or "")
    return frozenset(modules)


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_run_one_way(part: str) -> None:
    files = [PACKAGE / part] if part.endswith(".py") else sorted((PACKAGE / part).rglob("*.py"))
    assert files
    for path in files:
        within = {module.split(".")[1] for module in imported(path) if module.startswith("frontdesk.")}
        assert within <= ALLOWED[part], path


def test_the_domain_knows_neither_aws_nor_a_clock() -> None:
    for path in sorted((PACKAGE / "domain").rglob("*.py")):
        outside = {module.split(".")[0] for module in imported(path)}
        assert not outside & {
            "boto3",
            "botocore",
            "pynamodb",
            "aws_lambda_powertools",
            "os",
            "time",
            "socket",
            "random",
        }, path
        assert ".now(" not in path.read_text(), path


def test_only_its_adapter_knows_dynamodb() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "dynamodb" not in path.parts:
            assert not any(module.startswith("pynamodb") for module in imported(path)), path


@pytest.mark.parametrize(
    "app", sorted((ROOT / "functions").glob("*/app.py")), ids=lambda app: app.parent.name
)
def test_a_handler_is_a_doorway(app: Path) -> None:
    assert len(app.read_text().splitlines()) <= 40
    assert not any(module.split(".")[0] in {"boto3", "botocore", "pynamodb"} for module in imported(app))


def test_placing_an_order_imports_what_it_needs() -> None:
    """Every cold start waits for unnecessary imports, such as other use cases and adapters."""
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); print(*sys.modules)"
    environment = {"PYTHONPATH": str(PACKAGE.parent), "TABLE_NAME": "table"}
    app = str(ROOT / "functions/from_config/app.py")
    done = subprocess.run(
        [sys.executable, "-c", code, app], env=environment, check=True, capture_output=True, text=True
    )
    modules = done.stdout.split()
    assert "frontdesk.usecases.orders.place" in modules
    ours = {module.removeprefix("frontdesk.") for module in modules}
    assert not ours & {
        "usecases.orders.change",
        "usecases.messages.send",
        "domain.requests.change",
        "domain.requests.catalog",
        "errors.catalogue",
        "errors.formats",
    }
    tops = {module.split(".")[0] for module in modules}
    assert not tops & {"boto3", "jinja2", "babel", "icalendar", "hypothesis", "pytest"}


def template_routes(template: str) -> set[tuple[str, str, str]]:
    """Returns (method, path, function) of every API Gateway event."""
    found = set()
    function = ""
    for line in template.splitlines():
        if code := re.search(r"CodeUri: functions/(\w+)", line):
            function = code[1]
        if event := re.search(r'Method: (\w+), Path: "?(/.*?)"?}$', line):
            found.add((event[1], event[2], function))
    return found


def test_the_template_serves_every_route_by_its_function() -> None:
    from frontdesk.api.routes import ROUTES

    served = template_routes((ROOT / "template.yaml").read_text())
    routed = {(route.method, re.sub("<(.+?)>", r"{\1}", route.path), route.function) for route in ROUTES}
    # The function admin serves every path that no other function serves.
    assert {each for each in served if each[2] == "admin"} == {
        ("ANY", "/", "admin"),
        ("ANY", "/{proxy+}", "admin"),
    }
    assert {each for each in served if each[2] != "admin"} == {each for each in routed if each[2] != "admin"}


def folders() -> list[Path]:
    """Returns the package and every folder in it."""
    return sorted({path.parent for path in PACKAGE.rglob("*.py")})


def test_no_folder_is_crowded() -> None:
    for folder in folders():
        assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 12, folder


def test_no_module_is_long() -> None:
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        assert len(path.read_text().splitlines()) <= 400, path


def test_no_private_name_is_imported_by_another_module() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("frontdesk"):
                assert not [alias.name for alias in node.names if alias.name.startswith("_")], path


def test_nothing_in_the_package_imports_in_a_circle() -> None:
    """At run time. Imports for types (TYPE_CHECKING) and within functions come later."""
    modules = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
    }
    arrows = {
        name: {
            target
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.ImportFrom)
            for target in [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            if target in modules and target != name
        }
        for name, path in modules.items()
    }
    TopologicalSorter(arrows).prepare()


DOCUMENT = (ROOT / "docs/architecture.md").read_text()


def arrows_of(heading: str) -> dict[str, set[str]]:
    """Returns the first block of a section: each room with the rooms that it may import."""
    block = DOCUMENT.split(heading + "\n", 1)[1].split("```\n", 2)[1]
    rooms = (line.partition(" -> ") for line in block.splitlines())
    return {room: set(arrows.split(", ")) if arrows else set() for room, _, arrows in rooms}


def rooms_in(part: str) -> dict[str, set[str]]:
    """Returns the folders and modules within a folder of the package, each with the neighbors that it imports."""
    rooms: dict[str, set[str]] = {}
    for path in sorted((PACKAGE / part).rglob("*.py")):
        first = path.relative_to(PACKAGE / part).parts[0].removesuffix(".py")
        if first != "__init__":
            within = rooms.setdefault(first, set())
            names = (
                module.split(".") for module in imported(path) if module.startswith(f"frontdesk.{part}.")
            )
            within |= {name[2] for name in names} - {first}
    return rooms


def test_the_document_has_the_rooms_and_their_arrows() -> None:
    parts = {part.removesuffix(".py"): arrows - {part} for part, arrows in ALLOWED.items()}
    assert arrows_of("## Packages") == parts
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    assert there - {"__init__", "__pycache__", "py"} == parts.keys()


@pytest.mark.parametrize(
    ("heading", "part"), [("### In the domain", "domain"), ("### In the use cases", "usecases")]
)
def test_the_document_has_the_rooms_within(heading: str, part: str) -> None:
    assert arrows_of(heading) == rooms_in(part)
    TopologicalSorter(arrows_of(heading)).prepare()


def test_adapters_know_nothing_of_each_other() -> None:
    rooms = rooms_in("adapters")
    assert not any(rooms.values())
    assert {f"`adapters/{room}`" for room in rooms} <= set(re.findall(r"`[^`\n]+`", DOCUMENT))


def missing_files(document: str) -> set[str]:
    """Returns the files that a document names, in the package or the repository, but that do not exist."""
    named = set(re.findall(r"[\w./-]+\.(?:py|yaml|md)\b", document))
    return {name for name in named if not (PACKAGE / name).exists() and not (ROOT / name).exists()}


def test_every_file_that_the_documents_name_is_there() -> None:
    assert missing_files(DOCUMENT) == set()
    assert missing_files((ROOT / "CONTRIBUTING.md").read_text()) == set()
    assert missing_files("`domain/judge.py` and `domain/ledger.py`") == {"domain/judge.py"}


def test_the_document_has_every_function() -> None:
    table = DOCUMENT.split("## The functions", 1)[1].split("\n## ", 1)[0]
    first_cells = re.findall(r"^\| (`[^|]+)\|", table, re.M)
    named = [name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))


def test_reading_starts_with_the_files_of_the_main_job() -> None:
    job = DOCUMENT.split("## The main job", 1)[1].split("\n## ", 1)[0]
    first = next(
        line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("Start reading at")
    )
    files = re.findall(r"`([\w/]+\.py)`", first)
    assert len(files) > 4
    assert [file for file in files if file not in job] == []
    assert sorted(files, key=job.rindex) == files


def test_the_keys_in_the_document_are_those_of_the_table() -> None:
    table = DOCUMENT.split("## The table", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"^\| `(.+?)` \| `(.+?)` \|", table, re.M)
    docstring = (PACKAGE / "adapters/dynamodb/items.py").read_text().split('"""')[1]
    assert len(named) == 6
    assert [key for key in named if not re.search(r"\s+".join(map(re.escape, key)) + r"\s", docstring)] == []
