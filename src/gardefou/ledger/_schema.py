"""The tables of a ledger, in the two dialects.

A log lives in one SQLite file or in one PostgreSQL schema, so the statements are the same.
Evidence is ``entry``, ``tile``, ``head``, ``checkpoint``; the rest is working state beside it.
``hold``, ``vote``, ``stop``, ``break_glass`` and ``supervision_clock`` belong to supervision: they
change in the transactions of their entries. ``instrument`` is the register of orders: which version
of each instrument counts, and the entry that says so. ``memory`` holds the facts of all sessions;
``account``, ``credential``, ``web_session`` and ``used_once`` belong to the console. In PostgreSQL a
trigger tells other replicas.

1. Rows of ``entry``, ``tile``, ``checkpoint``, ``log``, ``document`` and ``erasure`` are never
   changed; triggers refuse it. They stop accidents, not an owner of the file: the tree does that.
2. Entries are deleted only below ``head.minimum`` (tlog-tiles "Pruning"); tiles never.
3. ``head`` never shrinks.
"""

from __future__ import annotations

APPLICATION_ID = 0x67617264  # "gard", so that `file` and we can name a foreign database
SCHEMA_VERSION = 3  # 2: the state of supervision, 3: the register of orders

_TABLES = """
CREATE TABLE log (
    one {int} PRIMARY KEY CHECK (one = 0),
    version {int} NOT NULL,
    origin TEXT NOT NULL
){strict};
CREATE TABLE head (
    one {int} PRIMARY KEY CHECK (one = 0),
    size {int} NOT NULL CHECK (size >= 0),
    minimum {int} NOT NULL CHECK (minimum BETWEEN 0 AND size),
    at_us {int} NOT NULL,
    root {blob} NOT NULL,
    frontier {blob} NOT NULL
){strict};
CREATE TABLE entry (
    seq {int} PRIMARY KEY,
    leaf {blob} NOT NULL,
    body {blob} NOT NULL
){strict};
CREATE TABLE tile (
    level {int} NOT NULL,
    number {int} NOT NULL,
    root {blob} NOT NULL,
    data {blob} NOT NULL,
    PRIMARY KEY (level, number)
){strict};
CREATE TABLE checkpoint (
    id {int} PRIMARY KEY,
    size {int} NOT NULL,
    note TEXT NOT NULL
){strict};
CREATE TABLE payload (
    seq {int} NOT NULL,
    part TEXT NOT NULL,
    subject TEXT NOT NULL,
    sealed {blob} NOT NULL,
    PRIMARY KEY (seq, part)
){strict};
CREATE INDEX payload_subject ON payload (subject);
CREATE TABLE erasure (
    subject TEXT PRIMARY KEY,
    seq {int} NOT NULL
){strict};
CREATE TABLE legal_hold (
    subject TEXT PRIMARY KEY,
    seq {int} NOT NULL
){strict};
CREATE TABLE open_action (
    id TEXT PRIMARY KEY,
    seq {int} NOT NULL
){strict};
CREATE TABLE document (
    digest TEXT PRIMARY KEY,
    body {blob} NOT NULL
){strict};
CREATE TABLE anchor (
    target TEXT PRIMARY KEY,
    size {int} NOT NULL,
    at_us {int} NOT NULL,
    note TEXT NOT NULL
){strict};
CREATE TABLE hold (
    id TEXT PRIMARY KEY,
    version {int} NOT NULL,
    state TEXT NOT NULL,
    code TEXT NOT NULL,
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    tool TEXT NOT NULL,
    terms TEXT NOT NULL,
    digest TEXT NOT NULL,
    call_key TEXT NOT NULL,
    replay_key TEXT NOT NULL,
    nonce TEXT NOT NULL,
    opened_us {int} NOT NULL,
    decide_by_us {int} NOT NULL,
    escalate_us {int} NOT NULL,
    use_by_us {int} NOT NULL,
    moved_us {int} NOT NULL,
    started_us {int} NOT NULL,
    escalated {int} NOT NULL,
    seq {int} NOT NULL,
    result_seq {int} NOT NULL
){strict};
CREATE INDEX hold_state ON hold (state, decide_by_us);
CREATE INDEX hold_call ON hold (call_key);
CREATE INDEX hold_replay ON hold (replay_key);
CREATE INDEX hold_tool ON hold (tenant, tool, state, moved_us);
CREATE TABLE vote (
    hold TEXT NOT NULL,
    voter TEXT NOT NULL,
    verdict TEXT NOT NULL,
    channel TEXT NOT NULL,
    at_us {int} NOT NULL,
    seq {int} NOT NULL,
    PRIMARY KEY (hold, voter)
){strict};
CREATE TABLE stop (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    scope TEXT NOT NULL,
    target TEXT NOT NULL,
    at_us {int} NOT NULL,
    seq {int} NOT NULL
){strict};
CREATE TABLE break_glass (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    scope TEXT NOT NULL,
    opened_us {int} NOT NULL,
    until_us {int} NOT NULL,
    closed_us {int} NOT NULL,
    uses {int} NOT NULL,
    seq {int} NOT NULL
){strict};
CREATE TABLE supervision_clock (
    one {int} PRIMARY KEY CHECK (one = 0),
    at_us {int} NOT NULL
){strict};
INSERT INTO supervision_clock VALUES (0, 0);
CREATE TABLE instrument (
    id TEXT PRIMARY KEY,
    version {int} NOT NULL,
    digest TEXT NOT NULL,
    seq {int} NOT NULL
){strict};
CREATE TABLE account (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    disabled {int} NOT NULL,
    PRIMARY KEY (tenant, name)
){strict};
CREATE TABLE credential (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    public_key {blob} NOT NULL,
    sign_count {int} NOT NULL,
    label TEXT NOT NULL,
    added_us {int} NOT NULL,
    seq {int} NOT NULL
){strict};
CREATE INDEX credential_person ON credential (tenant, person);
CREATE TABLE web_session (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    method TEXT NOT NULL,
    opened_us {int} NOT NULL,
    seen_us {int} NOT NULL
){strict};
CREATE TABLE used_once (
    nonce TEXT PRIMARY KEY,
    until_us {int} NOT NULL
){strict};
CREATE TABLE memory (
    one {int} PRIMARY KEY CHECK (one = 0),
    body {blob} NOT NULL
){strict};
"""

_FIXED = ("log", "tile", "checkpoint", "document", "erasure")

_SQLITE_TRIGGERS = """
CREATE TRIGGER entry_update BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_delete BEFORE DELETE ON entry
WHEN old.seq >= (SELECT minimum FROM head)
BEGIN SELECT RAISE(ABORT, 'entries are deleted only below the minimum index'); END;
CREATE TRIGGER head_shrinks BEFORE UPDATE ON head
WHEN new.size < old.size OR new.minimum < old.minimum
BEGIN SELECT RAISE(ABORT, 'the head never shrinks'); END;
CREATE TRIGGER head_delete BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END;
"""

_POSTGRES_TRIGGERS = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME; END $$;
CREATE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND old.seq < (SELECT minimum FROM {schema}.head) THEN RETURN old; END IF;
    RAISE EXCEPTION 'entries are never changed, and deleted only below the minimum index';
END $$;
CREATE FUNCTION refuse_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR new.size < old.size OR new.minimum < old.minimum THEN
        RAISE EXCEPTION 'the head never shrinks';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON entry
FOR EACH ROW EXECUTE FUNCTION refuse_entry();
CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON head
FOR EACH ROW EXECUTE FUNCTION refuse_head();
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('{schema}', TG_TABLE_NAME || ' ' || new.id); RETURN NULL; END $$;
CREATE FUNCTION tell_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('{schema}', TG_TABLE_NAME || ' ' || old.id); RETURN NULL; END $$;
CREATE TRIGGER told AFTER INSERT OR UPDATE ON hold FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER told AFTER INSERT ON stop FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER told AFTER INSERT OR UPDATE ON instrument FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER gone AFTER DELETE ON stop FOR EACH ROW EXECUTE FUNCTION tell_gone();
"""


def sqlite_schema() -> str:
    """The statements that create an empty ledger in an SQLite file."""
    fixed = "".join(
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table}\n"
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are never changed'); END;\n"
        for table in _FIXED
        for verb in ("UPDATE", "DELETE")
    )
    return _TABLES.format(int="INTEGER", blob="BLOB", strict=" STRICT") + _SQLITE_TRIGGERS + fixed


def postgres_schema(schema: str) -> str:
    """The statements that create an empty ledger in a PostgreSQL schema of its own."""
    fixed = "".join(
        f"CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON {table}\n"
        "FOR EACH ROW EXECUTE FUNCTION refuse();\n"
        for table in _FIXED
    )
    truncate = "".join(
        f"CREATE TRIGGER whole BEFORE TRUNCATE ON {table}\n"
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse();\n"
        for table in (*_FIXED, "entry", "head")
    )
    tables = _TABLES.format(int="BIGINT", blob="BYTEA", strict="")
    triggers = _POSTGRES_TRIGGERS.replace("{schema}", schema)
    # Already dense or encrypted values: compressing 8 KiB of hashes only costs time.
    plain = "ALTER TABLE tile ALTER COLUMN data SET STORAGE EXTERNAL;\n"
    return tables + triggers + fixed + truncate + plain
