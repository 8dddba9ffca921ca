"""vcrpy records and replays calls of this client, because its transport inherits httpx's `handle_request`.

How: `vcr.VCR(match_on=…, filter_headers=["x-api-key", "authorization", "x-request-id"], record_mode="none")`. With
"none" a call that is not in the cassette raises instead of dialling out. `raw_body` compares bytes.
"""

from __future__ import annotations

import pytest
import vcr
from raw_server import reply
from vcr.errors import CannotOverwriteExistingCassetteException

from connector.domain.errors import Rejected
from connector.rest.client import Client, Kind

PDF = b"%PDF-1.7\x00\xff invented"


def recorder(mode: str) -> vcr.VCR:
    return vcr.VCR(
        match_on=["method", "scheme", "host", "port", "path", "query", "raw_body"],
        filter_headers=["x-api-key", "authorization", "x-request-id"],
        record_mode=mode,
    )


def calls(client: Client) -> list[object]:
    listed = client.request(Kind.READ, "GET", "/v1/things", params=[("page", "1")])
    made = client.request(Kind.KEYED, "POST", "/v1/things", body=lambda: iter([b'{"a"', b":1}"]), length=7)
    with pytest.raises(Rejected) as refused:
        client.request(Kind.WRITE, "POST", "/v1/things", body=b"{}")
    file = client.download("/v1/cv", max_bytes=1000)
    return [listed.json, listed.headers["x-page"], made.status, made.json, str(refused.value), file]


def test_recorded_calls_replay_without_the_server(serve, connect, tmp_path):
    storage = serve(reply(200, PDF, "application/pdf", Content_Disposition="inline; filename=cv.pdf"))
    server = serve(
        reply(200, b'[{"id": 1}]', X_Page="1"),
        reply(204, content_type=None),
        reply(422, b'{"why": "no"}'),
        reply(302, b"", None, Location=storage.url + "/cv"),
    )
    cassette = str(tmp_path / "things.yaml")
    with recorder("once").use_cassette(cassette):
        recorded = calls(connect(server.url))
    base_url = server.url
    server.close()
    storage.close()

    with recorder("none").use_cassette(cassette) as tape:
        replayed = calls(connect(base_url))

    assert recorded == replayed
    assert replayed[-1].content == PDF
    assert tape.all_played
    assert "invented-key-123" not in (tmp_path / "things.yaml").read_text()


def test_call_that_was_not_recorded_does_not_dial_out(serve, connect, tmp_path):
    server = serve(reply(200, b"{}"))

    with (
        recorder("none").use_cassette(str(tmp_path / "empty.yaml")),
        pytest.raises(CannotOverwriteExistingCassetteException),
    ):
        connect(server.url).request(Kind.READ, "GET", "/v1/things")

    assert server.connections == 0
