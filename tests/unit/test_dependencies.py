"""Exactly the chosen packages are installed. Known vulnerabilities are reported, separately from packages that could not be checked."""

import json
import re
from typing import Any

import pytest

from local import audit_dependencies
from local.audit_dependencies import LOCKS, Audited, main, read
from local.servers import ROOT


def package(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": []} | more


def output(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


WEAK = package(
    "jinja2", vulns=[{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["1.1"], "description": ""}]
)
MISSING = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1.0)"}
UNREACHED = "requests.exceptions.ConnectionError: HTTPSConnectionPool(...): Failed to resolve"


def test_what_is_found_is_told_with_what_mends_it() -> None:
    told = read(output(package("babel"), WEAK, MISSING), "Found 1 known vulnerability")
    assert told == Audited(2, 1, ["jinja2 1.0: PYSEC-1 CVE-1 (fixed in 1.1)"])


@pytest.mark.parametrize(("out", "errors"), [("", UNREACHED), (output(MISSING, MISSING), "")])
def test_what_was_not_looked_up_is_not_found_to_be_good(out: str, errors: str) -> None:
    assert read(out, errors) is None


def test_another_failure_is_no_lack_of_network() -> None:
    with pytest.raises(RuntimeError, match="invalid requirement"):
        read("", "ERROR: invalid requirement")


def audits(monkeypatch: pytest.MonkeyPatch, **by_database: Audited | None) -> None:
    monkeypatch.setattr(audit_dependencies, "audit", lambda _, database: by_database[database])


def test_a_known_vulnerability_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audits(monkeypatch, pypi=None, osv=Audited(2, 0, ["jinja2 1.0: CVE-1 (fixed in 1.1)"]))
    assert main(["a.txt"]) == 1
    assert (
        capsys.readouterr().out
        == "a.txt: 2 packages looked up, 1 known vulnerabilities.\n  jinja2 1.0: CVE-1 (fixed in 1.1)\n"
    )


def test_none_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    audits(monkeypatch, pypi=Audited(2, 1, []))
    assert main(["a.txt"]) == 0
    assert (
        capsys.readouterr().out
        == "a.txt: 2 packages looked up (1 more are not in the database), no known vulnerabilities.\n"
    )


def test_no_database_is_said_and_is_no_fault_of_the_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audits(monkeypatch, pypi=None, osv=None)
    assert main(["a.txt"]) == 0
    assert "a.txt: NOT audited" in capsys.readouterr().out


def test_every_package_is_pinned_with_its_hash() -> None:
    locks = {str(path.relative_to(ROOT)) for path in (ROOT / "requirements").glob("*.txt")}
    assert {*LOCKS} == locks | {f"layers/{name}/requirements.txt" for name in ("dependencies", "imports")}
    for lock in LOCKS:
        text = "\n".join(
            line for line in (ROOT / lock).read_text().splitlines() if not line.lstrip().startswith("#")
        )
        wanted = re.split(r"\n(?=\S)", text.strip())
        assert wanted
        for each in wanted:
            assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", each), (
                f"{lock}: {each.splitlines()[0]} is not pinned"
            )
            assert "--hash=sha256:" in each, f"{lock}: {each.splitlines()[0]} has no hash"


def test_every_package_of_the_console_is_pinned_with_its_hash_and_without_an_address() -> None:
    lock = json.loads((ROOT / "console/package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert lock["lockfileVersion"] == 3
    assert [name for name, each in packages.items() if not each["integrity"].startswith("sha512-")] == []
    assert [name for name, each in packages.items() if "resolved" in each] == []
    wanted = json.loads((ROOT / "console/package.json").read_text())
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_the_console_is_small_enough_to_be_read_in_an_afternoon() -> None:
    files = [
        path
        for folder in ("src", "style")
        for path in (ROOT / "console" / folder).rglob("*")
        if path.is_file()
    ]
    assert sum(len(path.read_text().splitlines()) for path in files) < 3_000


def test_what_is_waived_has_its_reason() -> None:
    waived = re.findall(r"- {id: (CKV\w+)(.*)}", (ROOT / "template.yaml").read_text())
    assert len(waived) == (ROOT / "template.yaml").read_text().count("CKV_") > 5
    assert [id for id, reason in waived if not re.fullmatch(r', comment: ".{30,}"', reason)] == []
