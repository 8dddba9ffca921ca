"""The mapping file of one company, as frozen models: unknown keys are refused, nothing is guessed from a wrong type.

Keys of the file are the aliases; where a value has a unit the attribute names it (`poll_every` -> `poll_every_s`).
Read one with `loading.load_mappings`, which names the place of every problem.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, field_validator

from connector.config.section import Section
from connector.config.sms import Sms
from connector.config.values import (
    AtLeastOne,
    Company,
    Keep,
    Poll,
    RateLimit,
    Region,
    SecretValue,
    Share,
    Start,
    StartAt,
    Text,
    Url,
)

Visibility = Literal["external", "internal", "confidential", "private_job"]


class Source(Section):
    """Where conversations start."""

    platform: Literal["cord"] = Field(description="The sourcing platform.", examples=["cord"])
    base_url: Url = Field(
        description="Address of the platform's API; cord publishes none, so there is no default.",
        examples=["https://cord.example"],
    )
    token: SecretValue = Field(description="The platform's token.", examples=["${HARBOURLINE_CORD_TOKEN}"])
    webhook_secret: SecretValue | None = Field(
        None,
        description="What the platform signs its webhooks with; left out, none is taken.",
        examples=["${HARBOURLINE_CORD_WEBHOOK_SECRET}"],
    )
    rate_limits: tuple[RateLimit, ...] | None = Field(
        None, description="Calls allowed in a time; the platform's own limits when left out.", examples=["[5/1s]"]
    )


class Ats(Section):
    """Where applications are made."""

    platform: Literal["pinpoint"] = Field(description="The applicant tracking system.", examples=["pinpoint"])
    url: Url = Field(description="The company's own address.", examples=["https://harbourline.pinpointhq.com"])
    api_key: SecretValue = Field(description="The API key.", examples=["${HARBOURLINE_PINPOINT_KEY}"])
    webhook_secret: SecretValue | None = Field(
        None,
        description="What the platform signs its webhooks with; left out, none is taken.",
        examples=["${HARBOURLINE_PINPOINT_WEBHOOK_SECRET}"],
    )
    rate_limits: tuple[RateLimit, ...] | None = Field(
        None, description="Calls allowed in a time; the ATS's own when left out.", examples=["[120/60s, 240/480s]"]
    )


class Forwarding(Section):
    """How started conversations become applications."""

    automatic: bool = Field(True, description="Off: people wait for a manual send.", examples=["true"])
    start: StartAt = Field(
        Start("now"),
        description="Which conversations count on the first run.",
        examples=["2026-11-01"],
        json_schema_extra={"default": "now"},
    )
    poll_every_s: Poll = Field(
        30.0,
        alias="poll_every",
        description="How often to look.",
        examples=["30s"],
        json_schema_extra={"default": "30s"},
    )
    notify: bool = Field(
        False, description="Let the ATS mail the candidate and tell the hiring team.", examples=["false"]
    )
    source_label: Text = Field("cord", description="The channel source shown in the ATS.", examples=["cord"])
    tag: Text | None = Field("Sourced: cord", description="Tag of each application.", examples=['"Sourced: cord"'])
    max_new_per_run: int = Field(
        200, ge=1, description="Brake: a larger batch asks for a confirmation.", examples=["200"]
    )


class PositionLink(Section):
    """One position of the source and the job it feeds."""

    position: Text = Field(description="The position's id at the source.", examples=["po_17"])
    job: Text = Field(description="The job's id at the ATS, in quotes.", examples=['"5101"'])
    automatic: bool = Field(True, description="Off: this one by hand only.", examples=["true"])


class Jobs(Section):
    """How open jobs are listed in the source platform."""

    mirror: bool = Field(True, description="List open jobs in the source's drop-down.", examples=["true"])
    visibility: Annotated[tuple[Visibility, ...], AtLeastOne] = Field(
        ("external",), description="Which jobs are listed.", examples=["[external]"]
    )
    poll_every_s: Poll = Field(
        300.0,
        alias="poll_every",
        description="How often to look.",
        examples=["5m"],
        json_schema_extra={"default": "5m"},
    )
    max_withdrawn_share: Share = Field(
        0.5, description="Brake against a list that is suddenly empty.", examples=["0.5"]
    )


class Retention(Section):
    """How long what is settled is kept; what waits for somebody is kept until it is settled."""

    settled_s: Keep = Field(
        400 * 86_400.0,
        alias="settled",
        description="Applications that are done or closed, and text messages.",
        examples=["400d"],
        json_schema_extra={"default": "400d"},
    )
    history_s: Keep = Field(
        400 * 86_400.0,
        alias="history",
        description="Lines of history; the last one of each stays.",
        examples=["400d"],
        json_schema_extra={"default": "400d"},
    )


class Mapping(Section):
    """Everything one company has set."""

    version: Literal[1] = Field(description="Version of this format.", examples=["1"])
    company: Company = Field(description="Your own short name, in commands, logs, keys.", examples=["harbourline"])
    default_region: Region | None = Field(
        None, description="How to read phone numbers written without +.", examples=["GB"]
    )
    source: Source = Field(description="Where conversations start.")
    ats: Ats = Field(description="Where applications are made.")
    forwarding: Forwarding = Field(Forwarding(), description="How conversations become applications.")
    positions: tuple[PositionLink, ...] = Field(
        (), description="Which position feeds which job.", examples=['[{position: po_17, job: "5101"}]']
    )
    follow_source_links: bool = Field(
        True, description="Also use links made in the source platform.", examples=["true"]
    )
    jobs: Jobs = Field(Jobs(), description="How open jobs are listed in the source.")
    retention: Retention = Field(Retention(), description="How long what is settled is kept.")
    sms: Sms | None = Field(None, description="Text messages; off when left out.")

    _file: Path | None = PrivateAttr(None)

    @field_validator("positions", mode="before")
    @classmethod
    def _no_positions_yet(cls, data: Any) -> Any:
        """A heading whose entries are all commented out reads as null."""
        return () if data is None else data

    @property
    def file(self) -> Path | None:
        """The file it was read from, for commands that edit it."""
        return self._file
