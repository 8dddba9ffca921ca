"""The ASGI application in front of a simulator: logs the call, applies its fault, writes the answer."""

import asyncio
import contextlib
from datetime import UTC, datetime

from connector.sandbox import faults
from connector.sandbox.calls import Call, CallLog
from connector.sandbox.exchange import Platform, Request
from connector.sandbox.faults import Fault, Faults
from connector.sandbox.injection import ALTERED, INSTEAD
from connector.sandbox.wire import Receive, Scope, Send, Wire

_NO_FAULT = Fault("none")


class Gate:
    """Serves one simulator."""

    def __init__(self, platform: Platform, plan: Faults, log: CallLog) -> None:
        self._platform = platform
        self._plan = plan
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one HTTP exchange. Waiting for a stall leaves the server free for other calls."""
        wire = Wire(scope, receive, send)
        request = await wire.read()
        if request is None:
            return
        fault = self._plan.pick(self._platform.name, request.method, request.path)
        call = self._record(request, fault)
        # Cancelled only by a stop of the server, which has hung up already: nobody is left to tell.
        with contextlib.suppress(asyncio.CancelledError):
            await self._answer(wire, request, fault or _NO_FAULT, call)

    def _record(self, request: Request, fault: Fault | None) -> Call:
        call = Call(
            platform=self._platform.name,
            method=request.method,
            path=request.path,
            query=request.query,
            status=None,
            at=datetime.now(UTC),
            fault=fault.kind if fault else None,
            request_headers=dict(request.headers),
            request_body_size=len(request.body),
        )
        self._log.add(call)
        return call

    async def _answer(self, wire: Wire, request: Request, fault: Fault, call: Call) -> None:
        platform = self._platform
        if fault.kind == faults.RESET_BEFORE:
            return await wire.reset()
        if fault.kind == faults.STALL_BEFORE:
            await asyncio.sleep(float(fault.params.get("seconds", 1)))
        instead = INSTEAD.get(fault.kind)
        answer = instead(fault, platform, request) if instead else platform.handle(request)
        if fault.kind in ALTERED:
            answer = ALTERED[fault.kind](fault, platform, request, answer)
        if fault.kind == faults.RESET_AFTER:
            return await wire.reset()
        if fault.kind == faults.STALL_AFTER:
            await asyncio.sleep(float(fault.params.get("seconds", 1)))
        call.status = answer.status
        if fault.kind == faults.DRIP:
            return await wire.drip(answer, platform.now(), float(fault.params.get("interval", 0.001)))
        if fault.kind == faults.HALF_BODY:
            return await wire.cut(answer, platform.now())
        return await wire.send(answer, platform.now())
