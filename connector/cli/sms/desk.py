"""Which companies have text messages, and which one a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.cli.opening import Work

if TYPE_CHECKING:
    from connector.config.mapping import Mapping
    from connector.flows.company import Company


def with_texts(work: Work) -> list[Company]:
    """Return the companies that have text messages. Raises ConfigError: none has."""
    found = [company for company in work.companies if company.sms is not None]
    if not found:
        from connector.domain.errors import ConfigError

        names = ", ".join(company.name for company in work.companies)
        raise ConfigError(f"{names}: no text messages are set up; add an `sms` section to the mapping file")
    return found


def the_one(work: Work) -> Company:
    """Return the only company with text messages. Raises ConfigError: there are several, and none was named."""
    found = with_texts(work)
    if len(found) > 1:
        from connector.domain.errors import ConfigError

        names = ", ".join(company.name for company in found)
        raise ConfigError(f"several companies have text messages ({names}); name one with --company")
    return found[0]


def that_knows(work: Work, who: str) -> Company:
    """Return the company that knows an application, address, conversation or start; else the only one."""
    from connector.flows.correspondence import applications_of, looks_like_number

    found = with_texts(work)
    if len(found) > 1 and not looks_like_number(who):
        found = [company for company in found if applications_of(company, who)]
        if len(found) == 1:
            return found[0]
    return the_one(work)


def mapping_of(work: Work, company: Company) -> Mapping:
    """Return the mapping that a company was built from."""
    return next(mapping for mapping in work.mappings if mapping.company == company.name)
