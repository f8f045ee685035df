"""What can go wrong on the first `make` of a machine, before anything of the project is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKE = shutil.which("make") or "make"
# `-m pip` fails, as in a folder that venv left behind without pip.
WITHOUT_PIP = '#!/bin/sh\n[ "$2" != pip ]\n'


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_an_environment_that_was_left_half_made_is_made_again(tmp_path: Path) -> None:
    # Debian's python3 without python3-venv creates .venv/bin/python, and only then says that ensurepip is missing.
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("layers/build.py", "requirements/uv.txt", "requirements/dev.txt"):
        program(tmp_path / name, "")
    left = program(tmp_path / ".venv/bin/python", WITHOUT_PIP)
    program(tmp_path / ".venv/bin/uv", "#!/bin/sh\n")
    python = program(
        tmp_path / "python",
        f'#!/bin/sh\n[ "$1" = -c ] && exec "{sys.executable}" "$@"\necho "#!/bin/sh" > "{left}"\n',
    )
    done = subprocess.run(
        [MAKE, ".venv/.ready", f"PYTHON={python}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_make_that_cannot_group_its_output_is_not_told_to() -> None:
    # GNU Make 3.81, the one of macOS, refuses the option.
    command = [MAKE, "--dry-run", "--assume-old=setup", "lint"]
    old, new = (
        subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for more in ([".FEATURES="], [])
    )
    assert "--output-sync" not in old
    assert "--output-sync" in new
