"""A sandbox with something in it: jobs, linked positions, and the mapping file that fits."""

from __future__ import annotations

from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.world import World

COMPANY = "harbourline"
TOKEN_NAME, KEY_NAME = "HARBOURLINE_CORD_TOKEN", "HARBOURLINE_PINPOINT_KEY"
SID_NAME, TEXT_TOKEN_NAME = "HARBOURLINE_TWILIO_SID", "HARBOURLINE_TWILIO_TOKEN"
#: the company's own number, where texts are part of the world
OUR_NUMBER = "+442079460123"
#: where `connector sms test` goes
TEST_NUMBER = "+447700900001"

#: job id, title, whether its form requires a phone number
_JOBS: tuple[tuple[str, str, bool], ...] = (
    ("5101", "Backend Engineer", False),
    ("5102", "Data Analyst", False),
    ("5103", "Site Reliability Engineer", True),
)
#: position id, title, the job that it is linked to at the source
_POSITIONS = (
    ("po_17", "Senior Backend Engineer", "5101"),
    ("po_18", "Analyst, Growth", "5102"),
    ("po_19", "SRE, Platform", "5103"),
    ("po_20", "Product Designer", None),
    ("po_21", "Backend Engineer (referrals)", None),
)


def furnish(world: World) -> None:
    """Put jobs into Pinpoint and positions into cord. `po_20` is not linked, `po_21` is linked in the mapping file."""
    for job_id, title, asks in _JOBS:
        world.pinpoint.add_job(id=job_id, title=title, require_phone=asks)
    for position_id, title, job in _POSITIONS:
        world.cord.add_position(id=position_id, title=title, linked_job=job)
    if "twilio" in world.texting:
        world.vendor(Twilio).add_number(OUR_NUMBER)


def titles() -> dict[str, str]:
    """Return the titles of jobs and positions by id."""
    return {row[0]: row[1] for row in (*_JOBS, *_POSITIONS)}


def secrets_of(world: World) -> dict[str, str]:
    """Return what the mapping file asks the environment for."""
    secrets = {TOKEN_NAME: world.cord_token, KEY_NAME: world.pinpoint_key}
    if "twilio" in world.texting:
        twilio = world.vendor(Twilio)
        secrets |= {SID_NAME: twilio.account, TEXT_TOKEN_NAME: twilio.auth_token}
    return secrets


def mapping_text(world: World, poll_every: str, scale: float) -> str:
    """Return the mapping file for this world; `scale` is how many times as fast its limiters' clocks run."""
    texts = _texts(world, poll_every) if "twilio" in world.texting else ""
    return f"""\
version: 1
company: {COMPANY}
default_region: GB

source:
  platform: cord
  base_url: {world.cord_url}
  token: ${{{TOKEN_NAME}}}
  rate_limits: [{round(5 * scale)}/1s]

ats:
  platform: pinpoint
  url: {world.pinpoint_url}
  api_key: ${{{KEY_NAME}}}
  rate_limits: [{round(120 * scale)}/60s, {round(240 * scale)}/480s]

forwarding:
  start: beginning
  poll_every: {poll_every}

positions:
  - position: po_21
    job: "5101"
    automatic: false                # by hand only
{texts}"""


def _texts(world: World, poll_every: str) -> str:
    return f"""
sms:
  provider: twilio
  poll_every: {poll_every}
  providers:
    twilio:
      account_sid: ${{{SID_NAME}}}
      auth_token: ${{{TEXT_TOKEN_NAME}}}
      base_url: {world.url_of("twilio")}
      messaging_url: {world.url_of("twilio")}
      pricing_url: {world.url_of("twilio")}
      numbers: ["{OUR_NUMBER}"]
  test_number: "{TEST_NUMBER}"
  templates:
    - name: first_call
      text: "Hi {{{{application.candidate.first_name}}}}, when could we talk about {{{{application.job.title}}}}?"
"""
