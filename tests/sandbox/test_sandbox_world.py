"""The world as a whole: ports, stops, the call log, people and CV samples."""

import ast
import io
import itertools
import sys
import time
import zipfile
from pathlib import Path

import httpx2 as httpx
import pypdf
import pytest

import connector.sandbox
from connector.sandbox.people import (
    People,
    cut_short_pdf,
    encrypted_pdf,
    html_as_cv,
    tiny_docx,
    tiny_pdf,
    tiny_rtf,
)
from connector.sandbox.world import World
from tests.sandbox.conftest import cord_client


def test_sandbox_imports_nothing_of_the_connector() -> None:
    allowed = set(sys.stdlib_module_names) | {"uvicorn", "starlette"}
    for path in Path(connector.sandbox.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.startswith("connector.sandbox") or name.split(".")[0] in allowed, (path, name)


def test_two_worlds_do_not_meet() -> None:
    with World() as one, World() as other:
        one.cord.add_position(id="po_1")
        assert one.cord_url != other.cord_url
        assert other.describe()["cord"]["positions"] == 0


def test_state_and_port_outlive_a_stop() -> None:
    world = World(limits=None)
    with world:
        url = world.cord_url
        world.cord.add_position(id="po_1")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/v1/company")
    with world, cord_client(world) as client:
        assert (url, 200) == (world.cord_url, client.get("/v1/positions/po_1").status_code)


def test_taken_port_is_an_oserror() -> None:
    with World() as world:
        port = int(world.cord_url.rpartition(":")[2])
        other = World(cord_port=port)
        with pytest.raises(OSError, match="in use"):
            other.start()
        other.stop()


def test_no_url_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="port"):
        _ = World().cord_url


def test_one_platform_can_be_down(world: World) -> None:
    world.take_down("pinpoint")
    with pytest.raises(httpx.ConnectError):
        httpx.get(world.pinpoint_url + "/api/v1/jobs")
    assert httpx.get(world.cord_url + "/v1/company").status_code == 401
    world.bring_up("pinpoint")
    assert httpx.get(world.pinpoint_url + "/api/v1/jobs").status_code == 401


def test_stop_is_quick_while_a_call_stalls(capfd: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.start()
    world.faults.add("stall_before", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(world.cord_url + "/v1/company", timeout=0.1)
    client = httpx.Client()
    client.get(world.cord_url + "/v1/company")  # leaves an idle connection behind
    begin = time.monotonic()
    world.stop()
    world.stop()
    assert time.monotonic() - begin < 2
    assert capfd.readouterr().err == ""


def test_start_and_stop_leave_no_threads() -> None:
    import threading

    before = threading.active_count()
    for _ in range(3):
        with World():
            pass
    assert before == threading.active_count()


def test_calls_are_logged(world: World) -> None:
    httpx.post(world.cord_url + "/v1/x%20y?a=1", content=b"12345", headers={"X-Test": "yes"})
    httpx.get(world.pinpoint_url + "/api/v1/jobs")
    (call,) = world.calls_to("cord")
    assert (
        call.method,
        call.path,
        call.query,
        call.status,
        call.request_body_size,
        call.request_headers["x-test"],
    ) == ("POST", "/v1/x y", "a=1", 401, 5, "yes")
    assert [each.platform for each in world.calls] == ["cord", "pinpoint"]
    world.clear_calls()
    assert world.calls == []


def test_describe_counts_and_keeps_secrets(world: World) -> None:
    world.cord.add_person(**next(world.people).details())
    described = world.describe()
    assert (1, world.pinpoint_url) == (described["cord"]["people"], described["pinpoint"]["url"])
    assert world.cord_token not in str(described)
    assert world.pinpoint_key not in str(described)


def test_same_seed_makes_the_same_ids() -> None:
    def ids(seed: int) -> list[str]:
        cord = World(seed=seed).cord
        return [cord.add_position(), cord.add_person(full_name="Ana Petrov")]

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


# --- people ---


def test_people_are_invented_and_repeatable() -> None:
    one, other = (list(itertools.islice(People(3), 300)) for _ in range(2))
    assert one == other
    assert 300 == len({person.email for person in one}) == len({person.phone for person in one})
    assert all(person.email.endswith("@example.com") and person.email.isascii() for person in one)
    assert all(person.phone.startswith("+447700900") and len(person.phone) == 13 for person in one)


def read_pdf(content: bytes, password: str | None = None) -> str:
    return pypdf.PdfReader(io.BytesIO(content), strict=True, password=password).pages[0].extract_text()


def test_pdf_holds_its_text() -> None:
    assert read_pdf(tiny_pdf(["Zoë (D'Arcy) \\ 1", "Second line"])).split("\n")[:2] == [
        "Zoë (D'Arcy) \\ 1",
        "Second line",
    ]


@pytest.mark.parametrize("size", [1_000, 50_000, 3_000_000])
def test_pdf_is_padded_to_about_its_size(size: int) -> None:
    content = tiny_pdf(["Ana"], size)
    assert abs(len(content) - size) < 200
    assert "Ana" in read_pdf(content)


def test_encrypted_pdf_opens_with_its_password_only() -> None:
    content = encrypted_pdf(["Ana"], "secret")
    assert "Ana" in read_pdf(content, "secret")
    with pytest.raises(pypdf.errors.WrongPasswordError):
        read_pdf(content, "wrong")


def test_cut_short_pdf_cannot_be_read() -> None:
    with pytest.raises(pypdf.errors.PdfReadError):
        read_pdf(cut_short_pdf(["Ana"]))


def test_other_samples_are_what_they_say() -> None:
    with zipfile.ZipFile(io.BytesIO(tiny_docx(["A & B"]))) as archive:
        assert b"A &amp; B" in archive.read("word/document.xml")
    assert tiny_rtf(["Zoë"]).startswith(b"{\\rtf1")
    assert html_as_cv(["Ana"]).startswith(b"<!DOCTYPE html>")
