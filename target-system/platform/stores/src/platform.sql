-- Facts that wait to be told, a row for each listener that has not heard them yet.
CREATE TABLE @_outbox (
    id TEXT NOT NULL,
    listener TEXT NOT NULL,
    fact TEXT NOT NULL,
    aggregate TEXT NOT NULL,
    body TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (listener, id)
);
-- Facts that were heard, so that a second delivery has no second effect.
CREATE TABLE @_heard (
    id TEXT PRIMARY KEY,
    heard_ms BIGINT NOT NULL
);
-- Answers given under an idempotency key; a row without an answer is still being worked on.
CREATE TABLE @_answers (
    id TEXT PRIMARY KEY,
    request_hash TEXT NOT NULL,
    answer TEXT,
    claimed_ms BIGINT NOT NULL
)
