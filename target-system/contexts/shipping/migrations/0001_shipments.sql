-- Parcels: one for each order.
CREATE TABLE shipping_shipments (
    tracking TEXT PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE,
    customer_id TEXT NOT NULL,
    carrier TEXT NOT NULL,
    country TEXT NOT NULL,
    address TEXT NOT NULL,
    weight_grams BIGINT NOT NULL,
    price BIGINT NOT NULL,
    status TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
-- Orders that were called off, also those whose parcel has not been asked for yet.
CREATE TABLE shipping_called_off (
    order_id TEXT PRIMARY KEY
)
