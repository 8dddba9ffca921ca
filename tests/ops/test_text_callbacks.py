"""Calls of SMS providers: genuine ones are stored, once, before they are answered; nothing else leaves a trace.

Who is genuine is judged by the real adapters; calls are signed by the vendors' own software where there is some.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from connector.domain.errors import StoreError
from connector.domain.texting import Texting
from connector.domain.texts import Callback
from connector.store.engine import Database
from connector.store.texts import TextStore
from connector.store.upgrade import upgrade
from connector.web.callbacks import LARGEST_BYTES
from connector.web.health import Listener, make_app
from connector.web.texting import LONGEST_QUERY, TextCallbacks
from tests.ops.genuine import (
    OLD_TOKEN,
    PUBLIC,
    SECRETS,
    TEXT,
    TOKEN,
    Call,
    by_clicksend,
    by_exotel,
    by_plivo,
    by_twilio,
    providers,
)
from tests.ops.post import wait_until


class Place:
    """The listener with callbacks for one company, the real store behind it, and what was fired."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'connector.db'}")
        upgrade(self.database)
        self.texts = TextStore(self.database)
        self.providers = providers()
        self.fired: list[tuple[str, str]] = []
        self.broken = False
        callbacks = TextCallbacks(self._desk, lambda company, flow: self.fired.append((company, flow)), f"{PUBLIC}/")
        self.listener = Listener(make_app(list, None, callbacks.routes()), "127.0.0.1", 0)
        self.listener.start()

    def _desk(self, company: str, provider: str) -> tuple[Texting, Callable[[Callback], int | None]] | None:
        known = self.providers.get(provider) if company == "harbourline" else None
        return (known, self._keep) if known else None

    def _keep(self, call: Callback) -> int | None:
        if self.broken:
            raise StoreError("the disk is full")
        assert call.received_at is not None
        return self.texts.keep_callback(call, call.received_at)

    def send(self, call: Call) -> tuple[int, str, bytes]:
        address = urlsplit(self.listener.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port or 0, timeout=20)
        connection.request(call.method, f"/callbacks/{call.path}", call.body, call.headers)
        answer = connection.getresponse()
        said = answer.status, answer.getheader("content-type") or "", answer.read()
        connection.close()
        return said

    @property
    def stored(self) -> list[Callback]:
        return [each.callback for each in self.texts.open_callbacks("harbourline", 100)]

    def close(self) -> None:
        self.listener.stop()
        self.database.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.close()


GENUINE = {
    "twilio": by_twilio(),
    "twilio, old token": by_twilio(token=OLD_TOKEN),
    "twilio, status": by_twilio({"MessageSid": "SM1", "MessageStatus": "sent"}, "harbourline/twilio/status?i=abc"),
    "plivo, V3": by_plivo(),
    "plivo, V3 without a secret": by_plivo(path="harbourline/plivo/inbound"),
    "plivo, V2": by_plivo(2),
    "exotel": by_exotel(),
    "clicksend": by_clicksend(),
}


@pytest.mark.parametrize("name", GENUINE)
def test_a_genuine_call_is_stored_once_as_it_came_and_fires_the_flow(place: Place, name: str) -> None:
    call = GENUINE[name]
    statuses = [place.send(call)[0] for _ in range(3)]
    assert all(200 <= status < 300 for status in statuses)
    (stored,) = place.stored
    assert (stored.body, stored.what) == (call.body, call.path.split("/")[2].split("?")[0])
    wait_until(lambda: place.fired)
    assert place.fired == [("harbourline", "replies")]


@pytest.mark.parametrize("name", GENUINE)
def test_an_answer_holds_nothing_that_would_be_sent_on(place: Place, name: str) -> None:
    _, kind, body = place.send(GENUINE[name])
    if "twilio" in name or "plivo" in name:
        assert (kind.split(";")[0].endswith("xml"), b"<Response" in body, b"Message" in body) == (True, True, False)
    else:
        assert body == b""


def spoiled() -> dict[str, Call]:
    """Calls that are not genuine, each by one thing."""
    good, v3, v2, ex, cs = by_twilio(), by_plivo(), by_plivo(2), by_exotel(), by_clicksend()
    signature = good.headers["X-Twilio-Signature"]

    def headed(call: Call, **headers: str) -> Call:
        return replace(call, headers={**call.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})

    def without(call: Call, *names: str) -> Call:
        return replace(call, headers={k: v for k, v in call.headers.items() if k not in names})

    json_body = json.dumps(TEXT).encode()
    return {
        "twilio: no signature": without(good, "X-Twilio-Signature"),
        "twilio: an empty signature": headed(good, X_Twilio_Signature=""),
        "twilio: no base64": headed(good, X_Twilio_Signature="!!!"),
        "twilio: cut short": headed(good, X_Twilio_Signature=signature[:-2]),
        "twilio: several": headed(good, X_Twilio_Signature=f"x,{signature}"),
        "twilio: somebody else's token": by_twilio(token="another"),
        "twilio: an empty token": by_twilio(token=""),
        "twilio: signed for another host": headed(
            good,
            X_Twilio_Signature=RequestValidator(TOKEN).compute_signature(
                "https://evil.example.com/callbacks/harbourline/twilio/inbound", TEXT
            ),
        ),
        "twilio: signed for http": headed(
            good,
            X_Twilio_Signature=RequestValidator(TOKEN).compute_signature(
                "http://connector.example.com/callbacks/harbourline/twilio/inbound", TEXT
            ),
        ),
        "twilio: a text of another's": replace(good, body=urlencode({**TEXT, "Body": "I resign"}).encode()),
        "twilio: another sender": replace(good, body=urlencode({**TEXT, "From": "+447700900999"}).encode()),
        "twilio: a field more": replace(good, body=good.body + b"&MediaUrl0=https%3A%2F%2Fevil.example.com"),
        "twilio: a field less": replace(good, body=good.body.replace(b"&NumMedia=0", b"")),
        "twilio: a space less": replace(good, body=good.body.replace(b"works+", b"works")),
        "twilio: no body": replace(good, body=b""),
        "twilio: a query more": replace(good, path=f"{good.path}?i=stolen"),
        "twilio: a reply sold as a status": replace(good, path="harbourline/twilio/status"),
        "twilio: as a secret's": replace(good, path=f"{good.path}/{SECRETS['plivo']}"),
        "twilio: a slash more": replace(good, path=f"{good.path}/"),
        "twilio: a letter written otherwise": replace(good, path="harbourline/twilio/%69nbound"),
        "twilio: JSON under a form's signature": replace(
            good, body=json_body, headers={**good.headers, "Content-Type": "application/json"}
        ),
        "twilio: JSON with another's hash": Call(
            f"{good.path}?bodySHA256={'0' * 64}",
            json_body,
            {
                "Content-Type": "application/json",
                "X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(
                    f"{PUBLIC}/callbacks/{good.path}?bodySHA256={'0' * 64}", {}
                ),
            },
        ),
        "twilio: an unknown algorithm": headed(
            good, X_Twilio_Webhooks_Signature_Settings="key=webhooks_sharedkey_1,algorithm=NONE"
        ),
        "twilio: SHA-1 sold as SHA-256": headed(
            good, X_Twilio_Webhooks_Signature_Settings="key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
        ),
        "twilio: as GET": Call(f"{good.path}?{good.body.decode()}", b"", dict(good.headers), "GET"),
        "plivo: V2 without the path's secret": by_plivo(2, "harbourline/plivo/inbound"),
        "plivo: V2 with another secret": by_plivo(2, "harbourline/plivo/inbound/guess"),
        "plivo: the secret without a signature": without(v2, "X-Plivo-Signature-V2"),
        "plivo: no nonce": without(v3, "X-Plivo-Signature-V3-Nonce"),
        "plivo: another nonce": headed(v3, X_Plivo_Signature_V3_Nonce="54321"),
        "plivo: an empty nonce": headed(v3, X_Plivo_Signature_V3_Nonce=""),
        "plivo: another text": replace(v3, body=v3.body.replace(b"Tuesday", b"Monday")),
        "plivo: V3 spoiled, V2 right": headed(
            replace(v2, headers={**v2.headers, **v3.headers}), X_Plivo_Signature_V3="AAAA"
        ),
        "plivo: a row of guesses": headed(v3, X_Plivo_Signature_V3=",".join(["AAAA"] * 50)),
        "plivo: JSON": headed(v3, Content_Type="application/json"),
        "exotel: no secret": replace(ex, path="harbourline/exotel/inbound"),
        "exotel: another secret": by_exotel("guess"),
        "exotel: half the secret": by_exotel(SECRETS["exotel"][:-1]),
        "exotel: the secret and more": by_exotel(f"{SECRETS['exotel']}x"),
        "exotel: the secret in the query": replace(ex, path=f"harbourline/exotel/inbound?secret={SECRETS['exotel']}"),
        "exotel: another account": by_exotel(account="somebody1"),
        "clicksend: no secret": replace(cs, path="harbourline/clicksend/inbound"),
        "clicksend: another secret": by_clicksend("guess"),
        "clicksend: another provider's secret": by_clicksend(SECRETS["exotel"]),
        "clicksend: a letter that is none": by_clicksend(quote("clicksend-path-secr\u00e9t")),
        "nobody's provider": replace(good, path="harbourline/nobody/inbound"),
        "nobody's company": by_twilio(path="nobody/twilio/inbound"),
        "no such subject": by_twilio(path="harbourline/twilio/voice"),
    }


FORGED = spoiled()


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(FORGED) >= 40


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_call_is_refused_and_leaves_nothing(place: Place, name: str) -> None:
    status, _, body = place.send(FORGED[name])
    # a slash more is another address, which nobody serves
    assert (status, body) == ((404, b"Not Found") if "slash" in name else (401, b""))
    assert (place.stored, place.fired) == ([], [])


@pytest.mark.parametrize(
    "call",
    [
        replace(by_exotel(), body=b"a" * (LARGEST_BYTES + 1)),
        replace(by_clicksend(), body=b"[" * (LARGEST_BYTES + 1)),
        replace(by_exotel(), path=f"{by_exotel().path}?x={'a' * LONGEST_QUERY}"),
    ],
)
def test_what_is_too_large_is_refused_however_genuine(place: Place, call: Call) -> None:
    assert place.send(call)[0] == 400
    assert place.stored == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(place: Place, method: str) -> None:
    assert place.send(replace(by_twilio(), method=method))[0] == 405
    assert place.stored == []


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"{" * 5000, b'{"a":', b"%%%=%zz", b"null", b"[[]]"])
@pytest.mark.parametrize("provider", ["exotel", "clicksend"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_whoever_knows_the_secret_is_heard_whatever_they_say(
    place: Place, provider: str, body: bytes, kind: str
) -> None:
    path = f"harbourline/{provider}/inbound/{SECRETS[provider]}"
    assert place.send(Call(path, body, {"Content-Type": kind}))[0] in (200, 204)
    assert len(place.stored) == 1


def test_the_old_applet_asks_with_head_and_then_tells_with_get(place: Place) -> None:
    call = by_exotel()
    asked = replace(call, path=f"{call.path}?{call.body.decode()}", body=b"", headers={}, method="HEAD")
    assert (place.send(asked)[0], place.stored) == (200, [])
    assert place.send(replace(asked, method="GET"))[0] == 200
    assert len(place.stored) == 1


def test_a_call_that_cannot_be_stored_is_not_answered_well(place: Place) -> None:
    place.broken = True
    assert (place.send(by_twilio())[0], place.fired) == (503, [])
    place.broken = False
    assert place.send(by_twilio())[0] == 200
    assert len(place.stored) == 1


def test_neither_credentials_nor_the_secret_are_stored(place: Place) -> None:
    call = by_plivo(2)
    place.send(replace(call, headers={**call.headers, "Authorization": "Basic eA==", "Cookie": "a=b"}))
    (stored,) = place.stored
    assert {name.lower() for name in stored.headers} == {
        "content-type",
        "x-plivo-signature-v2",
        "x-plivo-signature-v2-nonce",
    }
    assert SECRETS["plivo"] not in stored.url
