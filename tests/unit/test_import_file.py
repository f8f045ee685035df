"""The output of `make import` for scripts and people."""

import io
import urllib.request
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from local import import_file
from local.import_file import Imports, NotSent, exit_code


@pytest.mark.parametrize(
    ("status", "rows", "code"),
    [
        ("completed", {"created": 2}, 0),
        ("completed", {"unchanged": 2}, 0),
        ("completed", {"skipped": 1, "updated": 1}, 0),
        ("completed", {"created": 1, "refused": 1}, 2),
        ("failed", {"created": 1, "failed": 1}, 2),
        ("completed", {"refused": 2}, 1),
        ("failed", {"failed": 2}, 1),
        ("refused", {}, 1),
    ],
)
def test_a_script_is_told_whether_all_of_a_file_is_there(
    status: str, rows: dict[str, int], code: int
) -> None:
    none = dict.fromkeys(("created", "updated", "unchanged", "skipped", "refused", "failed"), 0)
    assert exit_code({"status": status, **none, **rows}) == code


def asked(tmp_path: Path, **more: Any) -> Namespace:
    (file := tmp_path / "week.csv").write_text("x")
    return Namespace(
        **{"file": file, "stack": None, "profile": None, "organization": None, "language": None, **more}
    )


def test_the_demo_organization_needs_no_token_and_another_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = {"base_url": "http://127.0.0.1:1", "organization_id": "demo", "token": "fd.demo.secret"}
    monkeypatch.setattr(import_file, "running_details", lambda: demo)
    monkeypatch.delenv("TOKEN", raising=False)
    with ExitStack() as running:
        assert import_file._imports(asked(tmp_path), running).token == demo["token"]  # noqa: SLF001
        with pytest.raises(NotSent, match="TOKEN"):
            import_file._imports(asked(tmp_path, organization="other"), running)  # noqa: SLF001
        monkeypatch.setenv("TOKEN", "fd.third.secret")
        with pytest.raises(NotSent, match="not a token of"):
            import_file._imports(asked(tmp_path, organization="other"), running)  # noqa: SLF001
        with pytest.raises(NotSent, match="no file"):
            import_file._imports(asked(tmp_path, file=tmp_path / "none.csv"), running)  # noqa: SLF001


def test_an_answer_that_does_not_come_does_not_end_the_following(monkeypatch: pytest.MonkeyPatch) -> None:
    """The import itself continues. A wrong request is reported immediately, because repeating it does not help."""

    def error(code: int) -> HTTPError:
        return HTTPError("http://api", code, "", {}, io.BytesIO(b'{"errors": []}'))  # type: ignore[arg-type]

    answers: list[Any] = []

    def urlopen(*_: Any, **__: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(import_file, "PAUSES", (0, 0, 0))
    imports = Imports("http://api", "fd.demo.secret")
    answers[:] = [error(502), TimeoutError(), ConnectionResetError(), b'{"data": {"id": "1"}}']
    assert imports.read("1") == {"id": "1"}
    answers[:] = [error(502)] * 4
    with pytest.raises(HTTPError):
        imports.read("1")
    answers[:] = [error(404)]
    with pytest.raises(NotSent):
        imports.read("1")


def test_the_results_are_in_the_language_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[urllib.request.Request] = []

    def urlopen(request: urllib.request.Request, **_: Any) -> Any:
        sent.append(request)
        return io.BytesIO(b'{"data": {"id": "1"}}')

    demo = {"base_url": "http://127.0.0.1:1", "organization_id": "demo", "token": "fd.demo.secret"}
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(import_file, "running_details", lambda: demo)
    for language in ("de", None):
        import_file._imports(asked(tmp_path, language=language), ExitStack()).begin({})  # noqa: SLF001
    assert [each.get_header("Accept-language") for each in sent] == ["de", None]
