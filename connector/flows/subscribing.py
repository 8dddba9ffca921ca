"""The source is told to call us when there is something new. Nothing depends on it: polling goes on either way."""

from __future__ import annotations

from connector.domain import errors
from connector.flows.company import Company, log
from connector.flows.pauses import may_call
from connector.flows.perform import write_subscription
from connector.rules.subscriptions import plan_subscriptions

FLOW = "calls"


def sync_subscription(company: Company) -> None:
    """See to it that the source calls us, if it can. Twice changes nothing. Raises StoreError only.

    What the source does about it is noted, and shows in `status`; it is looked at again with the next run.
    """
    if company.receiver is None or not may_call(company, company.source):
        return
    try:
        with company.locks.hold(f"{company.name}.{FLOW}", 0.0):
            _subscribe(company)
    except errors.Busy:
        # another daemon is at it
        return
    except errors.PlatformError as error:
        log.warning("calls", action="subscribe", company=company.name, what=str(error))
        company.memory.note_run(company.name, FLOW, company.clock.now(), str(error))
        return
    company.memory.note_run(company.name, FLOW, company.clock.now(), None)


def _subscribe(company: Company) -> None:
    """Look first: a subscription whose answer was lost is found, and not made twice."""
    receiver, source = company.receiver, company.source
    assert receiver is not None
    plan = plan_subscriptions(source.subscriptions(), receiver.url)
    if plan.subscribe:
        write_subscription(company, source.prepare_subscription(receiver.url, receiver.secret, company.clock.now()))
        log.info("calls", action="subscribe", company=company.name, url=receiver.url)
        plan = plan_subscriptions(source.subscriptions(), receiver.url)
    for number in plan.unsubscribe:
        write_subscription(company, source.prepare_unsubscription(number, company.clock.now()))
        log.info("calls", action="unsubscribe", company=company.name, subscription=number)
