-- Orders. The lines are a JSON document: they are written once and never searched.
CREATE TABLE order_orders (
    order_id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    lines TEXT NOT NULL,
    items BIGINT NOT NULL,
    shipping BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    total BIGINT NOT NULL,
    payment_id TEXT,
    tracking TEXT,
    placed_ms BIGINT NOT NULL
);
CREATE INDEX order_orders_by_customer ON order_orders (customer_id, placed_ms);
-- Few orders are pending at any time; looking for dead ones must not read all others.
CREATE INDEX order_orders_pending ON order_orders (placed_ms) WHERE status = 'pending';
