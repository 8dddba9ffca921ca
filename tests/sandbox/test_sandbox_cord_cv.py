"""CV downloads from the cord simulator and its file host."""

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import code

# --- CVs ---


def cv_of(world: World, client: httpx.Client, **changes: object) -> httpx.Response:
    world.cord.edit_person("pe_552", **changes)
    return client.get("/v1/candidates/pe_552/cv")


@pytest.fixture
def files(world: World, start: str) -> httpx.Client:
    return httpx.Client(timeout=5)


def test_cv_bytes(world: World, cord: httpx.Client, start: str) -> None:
    answer = cv_of(world, cord, cv=b"%PDF-1.4 other")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.4 other")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Ana_Petrov_CV.pdf"'


def test_etag_changes_with_the_bytes_only(world: World, cord: httpx.Client, start: str) -> None:
    tags = [
        cv_of(world, cord, cv=content, cv_filename=name).headers["ETag"]
        for content, name in ((b"a", "a.pdf"), (b"a", "b.pdf"), (b"b", "b.pdf"))
    ]
    assert tags[0] == tags[1]
    assert tags[1] != tags[2]


def test_foreign_file_name_is_encoded(world: World, cord: httpx.Client, start: str) -> None:
    answer = cv_of(world, cord, cv_filename='Zoë "CV".pdf')
    assert "filename*=UTF-8''Zo%C3%AB%20%22CV%22.pdf" in answer.headers["Content-Disposition"]


def test_unsized_cv_has_no_length(world: World, cord: httpx.Client, start: str) -> None:
    answer = cv_of(world, cord, cv_mode="unsized")
    assert "Content-Length" not in answer.headers
    assert answer.content == b"%PDF-1.4 made up"


def test_no_cv_is_404_of_its_own(world: World, cord: httpx.Client, start: str) -> None:
    assert code(cv_of(world, cord, cv=None)) == (404, "cv_not_available")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cv_mode": "too_large"}, (413, "file_too_large")),
        ({"cv": b"\0" * (20 * 1024 * 1024 + 1)}, (413, "file_too_large")),
        ({"cv_mode": "unsupported"}, (415, "file_type_unsupported")),
        ({"cv_content_type": "image/png"}, (415, "file_type_unsupported")),
    ],
)
def test_unfit_file_is_413_or_415(
    world: World, cord: httpx.Client, start: str, changes: dict, expected: tuple[int, str]
) -> None:
    assert expected == code(cv_of(world, cord, **changes))


def follow(client: httpx.Client, location: str, most: int = 10) -> tuple[httpx.Response, int]:
    hops = 0
    answer = client.get(location)
    while answer.status_code == 302 and hops < most:
        answer, hops = client.get(answer.headers["Location"]), hops + 1
    return answer, hops


@pytest.mark.parametrize(("mode", "hops"), [("redirect", 0), ("redirect_three_hops", 2), ("redirect_many_hops", 5)])
def test_redirect_leads_to_the_file(
    world: World, cord: httpx.Client, files: httpx.Client, mode: str, hops: int
) -> None:
    answer = cv_of(world, cord, cv_mode=mode)
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["Location"].startswith(world.files_url)
    file, taken = follow(files, answer.headers["Location"])
    assert (b"%PDF-1.4 made up", hops) == (file.content, taken)


def test_redirect_loop_never_ends(world: World, cord: httpx.Client, files: httpx.Client) -> None:
    location = cv_of(world, cord, cv_mode="redirect_loop").headers["Location"]
    assert follow(files, location)[0].status_code == 302


@pytest.mark.parametrize(
    ("mode", "beginning"),
    [("redirect_private", "http://10.0.0.1/"), ("redirect_scheme", "file:"), ("redirect_relative", "/short/")],
)
def test_redirect_to_a_place_not_to_follow(world: World, start: str, mode: str, beginning: str) -> None:
    # Not by the checked client: the relative one breaks the contract on purpose.
    with httpx.Client(base_url=world.cord_url, headers={"Authorization": f"Bearer {world.cord_token}"}) as client:
        assert cv_of(world, client, cv_mode=mode).headers["Location"].startswith(beginning)


def test_expired_link_is_403_and_the_next_one_works(world: World, cord: httpx.Client, files: httpx.Client) -> None:
    statuses = []
    for _ in range(2):
        location = cv_of(world, cord, cv_mode="redirect_expired_once").headers["Location"]
        statuses.append(files.get(location).status_code)
    assert statuses == [403, 200]


def test_link_lives_for_a_minute(world: World, cord: httpx.Client, files: httpx.Client) -> None:
    location = cv_of(world, cord, cv_mode="redirect").headers["Location"]
    world.cord.clock_offset_s = 61
    assert files.get(location).status_code == 403


def test_forged_link_is_403(world: World, cord: httpx.Client, files: httpx.Client) -> None:
    location = cv_of(world, cord, cv_mode="redirect").headers["Location"]
    assert files.get(location[:-4] + "0000").status_code == 403


@pytest.mark.parametrize("header", ["Authorization", "X-Request-Id", "Idempotency-Key"])
def test_file_host_refuses_our_headers(world: World, cord: httpx.Client, files: httpx.Client, header: str) -> None:
    location = cv_of(world, cord, cv_mode="redirect").headers["Location"]
    assert files.get(location, headers={header: "anything"}).status_code == 400


def test_unknown_cv_mode_is_refused(world: World, ana: str) -> None:
    with pytest.raises(ValueError, match="cv_mode"):
        world.cord.edit_person(ana, cv_mode="by_post")
