CREATE TABLE provider_holds (
    hold_id TEXT PRIMARY KEY,
    amount BIGINT NOT NULL,
    paid_back BIGINT NOT NULL,
    status TEXT NOT NULL
);
CREATE TABLE provider_operations (
    operation_key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL
)
