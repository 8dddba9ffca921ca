"""The whole sandbox in one object: the simulators, cord's file host, the faults and the log of calls."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from connector.sandbox.calls import Call, CallLog
from connector.sandbox.cord.api import CordApi, FileHostApi
from connector.sandbox.cord.bucket import Bucket
from connector.sandbox.cord.simulator import Cord
from connector.sandbox.exchange import Platform
from connector.sandbox.faults import Faults
from connector.sandbox.gate import Gate
from connector.sandbox.people import People
from connector.sandbox.pinpoint.api import PinpointApi
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.pinpoint.simulator import Pinpoint
from connector.sandbox.serving import LoopbackServer
from connector.sandbox.texting.handsets import Handsets
from connector.sandbox.texting.vendor import TextVendor
from connector.sandbox.vendors import VENDORS

#: Pinpoint's two windows: requests and seconds.
PINPOINT_LIMITS = ((120, 60.0), (240, 480.0))
#: cord's steady rate, requests a second, and its burst.
CORD_RATE, CORD_BURST = 5.0, 10

Vendor = TypeVar("Vendor", bound=TextVendor)


class World:
    """The platforms on loopback ports, each served by a thread of its own.

    `seed` fixes ids, tokens and people. Port 0 takes a free one, kept over a stop and a new start. `switches` are those
    of `pinpoint.switches`. `limits` are Pinpoint's windows; None switches the limiters of both platforms off. `scale`
    runs the limiters' clocks that many times as fast. `texting` names the text-message vendors wanted, out of
    `vendors.VENDORS`; with `live_texting` messages move and people answer by themselves. State outlives a stop.
    """

    def __init__(
        self,
        seed: int = 1,
        cord_port: int = 0,
        pinpoint_port: int = 0,
        switches: Mapping[str, Any] | None = None,
        limits: tuple[tuple[int, float], ...] | None = PINPOINT_LIMITS,
        scale: float = 1.0,
        texting: Iterable[str] = (),
        live_texting: bool = False,
    ) -> None:
        self.cord = Cord(seed)
        self.pinpoint = Pinpoint(seed, switches)
        #: An endless row of invented people: `world.cord.add_person(**next(world.people).details())`.
        self.people = People(seed)
        #: The phones that text messages reach, whichever vendor sends them.
        self.handsets = Handsets()
        self.texting: dict[str, TextVendor] = {name: VENDORS[name](seed, self.handsets) for name in texting}
        self._live_texting = live_texting
        self.faults = Faults()
        self._log = CallLog()
        if limits is not None:
            self.pinpoint.limiter = SlidingWindows(tuple((count, seconds / scale) for count, seconds in limits))
            self.cord.bucket = Bucket(CORD_RATE * scale, CORD_BURST)
        self._servers = {
            "cord": self._server(CordApi(self.cord), cord_port),
            "pinpoint": self._server(PinpointApi(self.pinpoint), pinpoint_port),
            "files": self._server(FileHostApi(self.cord), 0),
        }
        self._servers |= {name: self._server(vendor.api(), 0) for name, vendor in self.texting.items()}

    def __enter__(self) -> "World":
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serves everything that is not being served. Raises OSError when a given port is taken."""
        for name in self._servers:
            self.bring_up(name)
        if self._live_texting:
            for vendor in self.texting.values():
                vendor.start_live()

    def stop(self) -> None:
        """Ends all connections and frees the ports. Twice is safe."""
        for vendor in self.texting.values():
            vendor.stop_live()
        for server in self._servers.values():
            server.ask_to_stop()
        for server in self._servers.values():
            server.stop()

    def take_down(self, platform: str) -> None:
        """Stops serving `cord`, `pinpoint`, `files` or a text-message vendor: connections are refused until `bring_up`.

        A vendor that is down still moves messages and calls back.
        """
        self._servers[platform].stop()

    def bring_up(self, platform: str) -> None:
        """Serves one platform, on the port it had before."""
        self._servers[platform].start()
        if platform == "files":
            self.cord.links.base_url = self._servers["files"].url
        if platform == "pinpoint":
            self.pinpoint.base_url = self.pinpoint_url
        if platform in self.texting:
            self.texting[platform].base_url = self._servers[platform].url

    def vendor(self, kind: type[Vendor]) -> Vendor:
        """The simulator of a text-message vendor by its class: `world.vendor(Twilio)`. KeyError if it is not wanted."""
        vendor = self.texting[kind.name]
        assert isinstance(vendor, kind)
        return vendor

    def url_of(self, platform: str) -> str:
        """Base URL of any platform by name."""
        return self._servers[platform].url

    @property
    def cord_url(self) -> str:
        """Base URL of cord, the part in front of `/v1`."""
        return self._servers["cord"].url

    @property
    def pinpoint_url(self) -> str:
        """Base URL of Pinpoint, the part in front of `/api/v1`."""
        return self._servers["pinpoint"].url

    @property
    def files_url(self) -> str:
        """Base URL of the host that cord's CV redirects point to."""
        return self._servers["files"].url

    @property
    def cord_token(self) -> str:
        """The token that cord takes."""
        return self.cord.token

    @property
    def pinpoint_key(self) -> str:
        """The key that Pinpoint takes."""
        return self.pinpoint.key

    @property
    def calls(self) -> list[Call]:
        """Every call so far, in the order of arrival."""
        return self._log.all()

    def calls_to(self, platform: str) -> list[Call]:
        """The calls to one platform."""
        return [call for call in self._log.all() if call.platform == platform]

    def clear_calls(self) -> None:
        """Empties the log of calls."""
        self._log.clear()

    def describe(self) -> dict[str, Any]:
        """URLs and counts, for a person to read. Holds no secrets. RuntimeError before the first start."""
        cord, pinpoint = self.cord, self.pinpoint
        return {
            "cord": {
                "url": self.cord_url,
                "positions": len(cord.positions),
                "people": len(cord.people),
                "conversations": len(cord.conversations),
                "feed_rows": len(cord.starts),
                "drop_down": len(cord.ats_jobs),
                "deliveries": len(cord.deliveries),
                "calls": len(self.calls_to("cord")),
            },
            "pinpoint": {
                "url": self.pinpoint_url,
                "jobs": len(pinpoint.jobs),
                "applications": len(pinpoint.applications),
                "candidates": len(pinpoint.candidates),
                "comments": len(pinpoint.comments),
                "switches": dict(pinpoint.switches),
                "calls": len(self.calls_to("pinpoint")),
            },
            "files": {"url": self.files_url, "calls": len(self.calls_to("files"))},
        } | {name: self._describe_vendor(vendor) for name, vendor in self.texting.items()}

    def _describe_vendor(self, vendor: TextVendor) -> dict[str, Any]:
        return {
            "url": self.url_of(vendor.name),
            "numbers": len(vendor.own_numbers),
            "sent": len(vendor.sent_messages),
            "received": len(vendor.received_messages),
            "callbacks": len(vendor.callbacks_sent),
            "calls": len(self.calls_to(vendor.name)),
        }

    def _server(self, platform: Platform, port: int) -> LoopbackServer:
        return LoopbackServer(Gate(platform, self.faults, self._log), port)
