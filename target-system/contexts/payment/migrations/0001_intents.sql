-- Payment intents: one for each reference, which is how a purchase names its payment.
CREATE TABLE payment_intents (
    payment_id TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    amount BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    card_last_four TEXT NOT NULL,
    hold_id TEXT,
    decline_reason TEXT,
    created_ms BIGINT NOT NULL
);
-- Refunds under way or done: one for each reference within a payment.
CREATE TABLE payment_refunds (
    payment_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount BIGINT NOT NULL,
    done BIGINT NOT NULL,
    PRIMARY KEY (payment_id, reference)
);
-- The ledger: only ever added to; the amounts of a posting sum to nothing.
CREATE TABLE payment_ledger (
    posting TEXT NOT NULL,
    account TEXT NOT NULL,
    amount BIGINT NOT NULL,
    posted_ms BIGINT NOT NULL,
    PRIMARY KEY (posting, account)
)
