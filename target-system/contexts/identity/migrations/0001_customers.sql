CREATE TABLE identity_customers (
    customer_id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    registered_ms BIGINT NOT NULL
);
CREATE TABLE identity_keys (
    purpose TEXT PRIMARY KEY,
    secret TEXT NOT NULL
);
