"""Builds the files that `/console` serves into .build/console: one call of esbuild, and pages that refer to its files.

Packages come by `npm ci` from a lock with hashes, and none of them may run scripts. Where Node is missing it comes from PyPI (.node).
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE, NODE, MODULES, DESTINATION = (
    ROOT / "console",
    ROOT / ".node",
    ROOT / ".build/npm",
    ROOT / ".build/console",
)
# Earlier versions of `npm ci` do not support lock files of version 3.
LEAST_NODE = 18


def build() -> Path:
    """Returns the folder with the built files. Builds again only if a source has changed."""
    sources = sorted(path for path in SOURCE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    digest = hashlib.sha256()
    for path in [*sources, ROOT / "requirements/node.txt"]:
        digest.update(f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    stamp = DESTINATION.with_suffix(".stamp")
    if stamp.exists() and stamp.read_text() == digest.hexdigest() and DESTINATION.exists():
        return DESTINATION
    shutil.rmtree(DESTINATION, ignore_errors=True)
    environment = _with_node()
    _install(environment)
    meta = MODULES / "meta.json"
    command: list[str | Path] = [
        "node", MODULES / "node_modules/esbuild/bin/esbuild", "src/app.jsx", "src/mail.js", "--bundle", "--minify",
        "--format=esm", "--target=es2022", "--jsx=automatic", "--jsx-import-source=preact", "--entry-names=[name]-[hash]",
        "--charset=utf8", "--legal-comments=none", "--log-level=warning",
        f"--outdir={DESTINATION}", f"--metafile={meta}",
    ]  # fmt: skip
    subprocess.run(
        command, cwd=SOURCE, env=environment | {"NODE_PATH": str(MODULES / "node_modules")}, check=True
    )
    made = {}
    for path, output in json.loads(meta.read_text())["outputs"].items():
        if entry := output.get("entryPoint"):
            made[Path(entry).name] = Path(path).name
        if bundle := output.get("cssBundle"):
            made["app.css"] = Path(bundle).name
    for page in SOURCE.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        for name, file in made.items():
            text = text.replace(f'"./{name}"', f'"./{file}"')
        (DESTINATION / page.name).write_text(text, encoding="utf-8")
    stamp.write_text(digest.hexdigest())
    return DESTINATION


def _with_node() -> dict[str, str]:
    """Returns an environment in which `node` and `npm` are found."""
    environment = {**os.environ}
    if not _is_new_enough(environment):
        uv = Path(sys.executable).with_name("uv")
        lock = ROOT / "requirements/node.txt"
        if not (NODE / "bin/python").exists():
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, NODE], check=True)
        install = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", NODE / "bin/python", lock]
        subprocess.run(install, check=True)
        environment["PATH"] = f"{NODE / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def _is_new_enough(environment: dict[str, str]) -> bool:
    node, npm = (shutil.which(name, path=environment.get("PATH", "")) for name in ("node", "npm"))
    if not node or not npm:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return told.startswith("v") and int(told[1:].partition(".")[0]) >= LEAST_NODE


def _install(environment: dict[str, str]) -> None:
    lock = (SOURCE / "package-lock.json").read_text()
    stamp = MODULES / "installed"
    if stamp.exists() and stamp.read_text() == lock:
        return
    MODULES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(SOURCE / name, MODULES / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=MODULES, env=environment, check=True)
    stamp.write_text(lock)


if __name__ == "__main__":
    print(build())
