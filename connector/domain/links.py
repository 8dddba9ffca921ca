"""Records about links between positions and jobs."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.model import Prepared


@dataclass(frozen=True)
class NewLink:
    """A write to a link of the source's that is about to be made."""

    position_id: str
    position_title: str
    #: None: the position is tied to nothing from then on
    job_id: str | None
    #: `linked`, `imported` or `unlinked`
    origin: str
    prepared: Prepared
