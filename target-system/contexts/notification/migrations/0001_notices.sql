CREATE TABLE notification_notices (
    notice_id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX notification_notices_by_customer ON notification_notices (customer_id, notice_id);
