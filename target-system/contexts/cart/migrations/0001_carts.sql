-- Carts; the time of the last change says which are abandoned.
CREATE TABLE cart_carts (
    cart_id TEXT PRIMARY KEY,
    customer_id TEXT,
    touched_ms BIGINT NOT NULL
);
CREATE INDEX cart_by_touch ON cart_carts (touched_ms);
-- What is in them, as it was called and priced when it was put in.
CREATE TABLE cart_lines (
    cart_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    unit_price BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (cart_id, product_id)
)
