"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("start_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("position_id", sa.String(), nullable=False),
        sa.Column("position_title", sa.String(), nullable=False),
        sa.Column("linked_job", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.String(), nullable=True),
        sa.Column("job_override", sa.String(), nullable=True),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("claim", sa.String(), nullable=True),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column("prepared", sa.Text(), nullable=True),
        sa.Column("message", sa.Integer(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned','attempting','unknown','waiting','parked','quarantined','done','closed')",
            name=op.f("ck_action_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("claim", name=op.f("uq_action_claim")),
        sa.UniqueConstraint("key", name=op.f("uq_action_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_action_clock",
        "action",
        ["company", "due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_action_conversation", "action", ["company", "conversation_id"], unique=False)
    op.create_index("ix_action_due", "action", ["company", "kind", "priority", "due_at"], unique=False)
    op.create_index("ix_action_message", "action", ["message"], unique=False)
    op.create_index("ix_action_person", "action", ["company", "person"], unique=False)
    op.create_index("ix_action_phone", "action", ["company", "phone"], unique=False)
    op.create_index(
        "ix_action_reason",
        "action",
        ["company", "state", "kind", "reason", "position_id", "job_id", "job_override"],
        unique=False,
    )
    op.create_index("ix_action_start", "action", ["company", "start_id", "kind"], unique=False)
    op.create_table(
        "advert",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description_html", sa.Text(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("employment_type", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("company", "job_id", name=op.f("pk_advert")),
    )
    op.create_table(
        "audit",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("doubled", sa.Integer(), nullable=False),
        sa.Column("drifted", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("unrecorded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("company", name=op.f("pk_audit")),
    )
    op.create_table(
        "brake",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jobs", sa.Text(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.Integer(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("let_through", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company", name=op.f("pk_brake")),
    )
    op.create_table(
        "budget",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_budget")),
    )
    op.create_table(
        "callback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
        sa.UniqueConstraint("company", "digest", name=op.f("uq_callback_company_digest")),
    )
    op.create_index(
        "ix_callback_error",
        "callback",
        ["company", "id"],
        unique=False,
        sqlite_where=sa.text("error IS NOT NULL"),
        postgresql_where=sa.text("error IS NOT NULL"),
    )
    op.create_index(
        "ix_callback_open",
        "callback",
        ["company", "id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index("ix_callback_received", "callback", ["company", "received_at"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_action", "event", ["action_id", "id"], unique=False)
    op.create_table(
        "feed",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company", name=op.f("pk_feed")),
    )
    op.create_table(
        "flow",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("company", "flow", name=op.f("pk_flow")),
    )
    op.create_table(
        "forgotten",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("company", "person", name=op.f("pk_forgotten")),
    )
    op.create_table(
        "job",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("requires_phone", sa.Boolean(), nullable=False),
        sa.Column("requires_cv", sa.Boolean(), nullable=False),
        sa.Column("requires_summary", sa.Boolean(), nullable=False),
        sa.Column("conceals", sa.Boolean(), nullable=False),
        sa.Column("applied_stages", sa.String(), nullable=False),
        sa.Column("asks_address", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company", "id", name=op.f("pk_job")),
    )
    op.create_table(
        "link_warning",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("position_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("company", "position_id", "job_id", "code", name=op.f("pk_link_warning")),
    )
    op.create_table(
        "listing",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("company", "job_id", name=op.f("pk_listing")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("intent", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("theirs", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at_exact", sa.Boolean(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("application", sa.Integer(), nullable=True),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("opt", sa.String(), nullable=True),
        sa.Column("answers", sa.String(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("price", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_lost", sa.Boolean(), nullable=False),
        sa.Column("next_look", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "delivery IN ('pending','queued','sent','delivered','failed','cancelled')", name=op.f("ck_message_delivery")
        ),
        sa.CheckConstraint("direction IN ('in','out')", name=op.f("ck_message_direction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "company", "provider", "account", "remote_id", name=op.f("uq_message_company_provider_account_remote_id")
        ),
        sa.UniqueConstraint("intent", name=op.f("uq_message_intent")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_application", "message", ["company", "application"], unique=False)
    op.create_index("ix_message_direction", "message", ["company", "direction", "at"], unique=False)
    op.create_index(
        "ix_message_figures",
        "message",
        ["company", "direction", "provider", "delivery", "how", "read_at"],
        unique=False,
    )
    op.create_index(
        "ix_message_held",
        "message",
        ["company", "created_at", "how"],
        unique=False,
        sqlite_where=sa.text("how IN ('unmatched', 'two_people', 'loop')"),
        postgresql_where=sa.text("how IN ('unmatched', 'two_people', 'loop')"),
    )
    op.create_index(
        "ix_message_look",
        "message",
        ["company", "next_look"],
        unique=False,
        sqlite_where=sa.text("next_look IS NOT NULL"),
        postgresql_where=sa.text("next_look IS NOT NULL"),
    )
    op.create_index(
        "ix_message_new",
        "message",
        ["company", "at"],
        unique=False,
        sqlite_where=sa.text("how = 'new'"),
        postgresql_where=sa.text("how = 'new'"),
    )
    op.create_index("ix_message_number", "message", ["company", "number"], unique=False)
    op.create_index("ix_message_remote", "message", ["company", "provider", "remote_id"], unique=False)
    op.create_index("ix_message_theirs", "message", ["company", "theirs", "at"], unique=False)
    op.create_table(
        "pause",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company", "platform", name=op.f("pk_pause")),
    )
    op.create_table(
        "position",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("linked_job", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("company", "id", name=op.f("pk_position")),
    )
    op.create_table(
        "reading",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company", "what", name=op.f("pk_reading")),
    )
    op.create_table(
        "reply_cursor",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("company", "provider", "account", "number", name=op.f("pk_reply_cursor")),
    )
    op.create_table(
        "segment_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("message", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_line")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_segment_line_company", "segment_line", ["company", "id"], unique=False)
    op.create_index("ix_segment_line_message", "segment_line", ["message"], unique=False)
    op.create_index("ix_segment_line_what", "segment_line", ["company", "what"], unique=False)
    op.create_index(
        "uq_segment_line_message",
        "segment_line",
        ["message", "what"],
        unique=True,
        sqlite_where=sa.text("what <> 'correction'"),
        postgresql_where=sa.text("what <> 'correction'"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_number", "suppression", ["company", "number"], unique=False)
    op.create_index(
        "uq_suppression_company",
        "suppression",
        ["company", "number"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
