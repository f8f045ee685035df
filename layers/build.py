"""Prepares the folder that `sam deploy` packages: the template, the functions and the layers, for one processor architecture.

    python layers/build.py arm64|x86_64|host [destination]

Copies functions and the domain layer. uv installs the layers of third-party packages from hash-pinned locks, for Lambda's Python on any
build machine. `host` is for this machine and its Python, which the local cloud uses.

Layers and functions include bytecode. Without it, each cold start would compile the code, because Lambda's folders are read-only.
Compiling requires an interpreter of Lambda's version. On a machine without one, there is no bytecode, and cold starts take longer.
"""

import hashlib
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# `imports` is only for functions that read or write spreadsheets.
PACKAGES = ("dependencies", "imports")
PLATFORMS = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}
LAMBDA_PYTHON = "3.13"
# Babel's data for all languages would be two thirds of the layer. Each language of the mails needs its files here.
LANGUAGES = ("root", "de", "en")
# Its scripts and styles are not in the layer, but in the function that serves them.
SWAGGER_UI = "event_handler/openapi/swagger_ui"
# Files that the layer's code never uses. A test runs every function without them.
UNUSED = (
    f"aws_lambda_powertools/{SWAGGER_UI}/*.min.*",
    "bin",
    ".lock",
    "icalendar/tests",
    "babel/messages",
    "dateutil/zoneinfo/*.tar.gz",
    "pydantic/v1",
    "pydantic/mypy.py",
    "*.dist-info/RECORD",
    "*.dist-info/sboms",
    "**/*.pyi",
    "markupsafe/_speedups.c",
    "icalendar/cli.py",
    *(f"jinja2/{name}.py" for name in ("ext", "meta", "nativetypes", "sandbox")),
    "pydantic/color.py",
    "pydantic/experimental/pipeline.py",
    "annotated_types/test_cases.py",
    "dateutil/tz/win.py",
    # The sources of the zones' files, for people and other programs.
    "tzdata/zoneinfo/tzdata.zi",
    "tzdata/zoneinfo/*.tab",
    "tzdata/zoneinfo/leapseconds",
    *(f"pynamodb/{name}.py" for name in ("indexes", "models", "transactions")),
    "aws_lambda_powertools/event_handler/middlewares/openapi_validation.py",
    "aws_lambda_powertools/metrics/provider/datadog",
    *(
        f"aws_lambda_powertools/utilities/{name}"
        for name in (
            "auth_alpha", "circuit_breaker", "data_masking", "feature_flags", "idempotency", "kafka", "metadata", "parameters", "parser",
            "streaming", "validation",
        )
    ),
    *(
        f"aws_lambda_powertools/utilities/data_classes/{name}.py"
        for name in (
            "active_mq_event", "api_gateway_authorizer_event", "cognito_user_pool_event", "iot_registry_event", "rabbit_mq_event",
            "s3_object_event",
        )
    ),
)  # fmt: skip

# Only mails, imports, exports, new customers and the API's document need these. Their bytecode would slow down every cold start.
SELDOM = (
    "dateutil",
    "email_validator",
    "idna",
    "jinja2",
    "frontdesk/api/openapi",
    "frontdesk/domain/exports",
    "frontdesk/domain/imports",
    "frontdesk/usecases/exports",
)


def build(kind: str, destination: Path, source: Path = ROOT) -> str:
    """Updates `destination` and returns the digest of its content. Equal digests deploy the same content."""
    destination.mkdir(parents=True, exist_ok=True)
    for name in ("functions", "layers/domain"):
        shutil.rmtree(destination / name, ignore_errors=True)
        shutil.copytree(
            source / name, destination / name, ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache")
        )
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copyfile(source / name, destination / name)
    lay_out_console(kind, destination / "functions/admin/console")
    lay_out_docs(destination / "functions/admin/docs")
    made = [
        _build_packages(kind, source / "layers" / name, destination / "layers" / name) for name in PACKAGES
    ]
    digest = hashlib.sha256("\n".join(made).encode())
    for name in ("template.yaml", "functions", "layers/domain"):
        for path in sorted([destination / name, *(destination / name).rglob("*")]):
            if path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(destination)} {content}\n".encode())
    interpreter = _interpreter(kind)
    if interpreter:
        for folder, on_lambda in [("layers/domain", "/opt"), ("functions", "/var/task")]:
            _compile(interpreter, destination / folder, on_lambda)
    return digest.hexdigest()


def lay_out_console(kind: str, folder: Path, make: Callable[[], Path] | None = None) -> None:
    """Copies the console's files, which one function serves.

    If no npm registry can be reached, the local cloud works without a console, but a deployment to AWS fails.
    """
    try:
        made = (make or runpy.run_path(str(ROOT / "console/build.py"))["build"])()
    except (OSError, subprocess.CalledProcessError) as error:
        if kind != "host":
            raise
        print(f"The console could not be built: {error}", file=sys.stderr)
        return
    shutil.copytree(made, folder)


def lay_out_docs(folder: Path) -> None:
    """Copies Swagger UI, which one function serves, from the Powertools of this environment."""
    folder.mkdir()
    for path in Path(str(files("aws_lambda_powertools"))).glob(f"{SWAGGER_UI}/*.min.*"):
        shutil.copyfile(path, folder / path.name)


def release(content: str, parameters: Mapping[str, str]) -> str:
    """Returns the template's parameter `Release`. It changes with the content (a digest of `build`) and with every other parameter."""
    named = [f"{name}={value}" for name, value in sorted(parameters.items()) if name != "Release"]
    return hashlib.sha256("\n".join([content, *named]).encode()).hexdigest()


def _interpreter(kind: str) -> str | None:
    """Returns an interpreter of the functions' version, or None if this machine has none."""
    if kind == "host":
        return sys.executable
    find: list[str | Path] = [
        Path(sys.executable).with_name("uv"),
        "python",
        "find",
        "--no-project",
        "--system",
        LAMBDA_PYTHON,
    ]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    found = subprocess.run(find, env=environment, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def _compile(interpreter: str, folder: Path, on_lambda: str) -> None:
    """Writes bytecode that stays valid wherever and whenever the folder is unpacked, and is identical each time."""
    compile_all = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    command = [interpreter, "-I", *compile_all, "-s", str(folder), "-p", on_lambda, str(folder)]
    subprocess.run(command, check=True)
    for package in SELDOM:
        for compiled in (folder / "python" / package).rglob("*.pyc"):
            compiled.unlink()


def _build_packages(kind: str, source: Path, layer: Path) -> str:
    lock = source / "requirements.txt"
    if kind == "host":
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        fit = ["--python", sys.executable]
    else:
        python = LAMBDA_PYTHON
        fit = ["--python-platform", PLATFORMS[kind], "--python-version", python]
    interpreter = _interpreter(kind)
    recipe = hashlib.sha256(lock.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    stamp, made_from = (
        layer.with_suffix(".stamp"),
        f"{kind} {python} {recipe} {'with' if interpreter else 'without'} bytecode",
    )
    if stamp.exists() and stamp.read_text() == made_from:
        return made_from

    shutil.rmtree(layer, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    install: list[str | Path] = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
        *fit,
    ]
    subprocess.run([*install, "--target", layer / "python", "--requirement", lock], check=True)
    unused = [path for pattern in UNUSED for path in (layer / "python").glob(pattern)]
    unused += [
        path for path in (layer / "python/babel/locale-data").glob("*.dat") if path.stem not in LANGUAGES
    ]
    for path in unused:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for metadata in (layer / "python").glob("*.dist-info/METADATA"):
        # The description, which is for people, follows the fields.
        fields, _, _ = metadata.read_text(encoding="utf-8").partition("\n\n")
        metadata.write_text(f"{fields}\n", encoding="utf-8")
    if interpreter:
        _compile(interpreter, layer, "/opt")
    stamp.write_text(made_from)
    return made_from


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1] not in (*PLATFORMS, "host"):
        sys.exit(__doc__)
    target = Path(sys.argv[2]) if len(sys.argv) == 3 else ROOT / ".build" / sys.argv[1]
    build(sys.argv[1], target)
    print(f"Ready to deploy: {target}")
    if not _interpreter(sys.argv[1]):
        print(
            f"The layers have no bytecode, because Python {LAMBDA_PYTHON} is missing here. Cold starts take longer."
        )
