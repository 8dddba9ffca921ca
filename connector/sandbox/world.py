"""The whole sandbox in one object: both simulators, cord's file host, the faults and the log of calls."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

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

#: Pinpoint's two windows: requests and seconds.
PINPOINT_LIMITS = ((120, 60.0), (240, 480.0))
#: cord's steady rate, requests a second, and its burst.
CORD_RATE, CORD_BURST = 5.0, 10


class World:
    """Both platforms on loopback ports, each served by a thread of its own.

    `seed` fixes ids, tokens and people. Port 0 takes a free one, kept over a stop and a new start. `switches` are those
    of `pinpoint.switches`. `limits` are Pinpoint's windows; None switches the limiters of both platforms off. `scale`
    runs the limiters' clocks that many times as fast. State outlives a stop.
    """

    def __init__(
        self,
        seed: int = 1,
        cord_port: int = 0,
        pinpoint_port: int = 0,
        switches: Mapping[str, Any] | None = None,
        limits: tuple[tuple[int, float], ...] | None = PINPOINT_LIMITS,
        scale: float = 1.0,
    ) -> None:
        self.cord = Cord(seed)
        self.pinpoint = Pinpoint(seed, switches)
        #: An endless row of invented people: `world.cord.add_person(**next(world.people).details())`.
        self.people = People(seed)
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

    def stop(self) -> None:
        """Ends all connections and frees the ports. Twice is safe."""
        for server in self._servers.values():
            server.ask_to_stop()
        for server in self._servers.values():
            server.stop()

    def take_down(self, platform: str) -> None:
        """Stops serving `cord`, `pinpoint` or `files`: connections are refused until `bring_up`."""
        self._servers[platform].stop()

    def bring_up(self, platform: str) -> None:
        """Serves one platform, on the port it had before."""
        self._servers[platform].start()
        if platform == "files":
            self.cord.links.base_url = self._servers["files"].url
        if platform == "pinpoint":
            self.pinpoint.base_url = self.pinpoint_url

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
        """The calls to `cord`, `pinpoint` or `files`."""
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
        }

    def _server(self, platform: Platform, port: int) -> LoopbackServer:
        return LoopbackServer(Gate(platform, self.faults, self._log), port)
