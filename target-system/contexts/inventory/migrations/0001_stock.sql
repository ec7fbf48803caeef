-- What lies in each warehouse, and how much of it is kept for orders.
CREATE TABLE inventory_stock (
    product_id TEXT NOT NULL,
    warehouse TEXT NOT NULL,
    on_hand BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    PRIMARY KEY (product_id, warehouse),
    CHECK (reserved >= 0 AND reserved <= on_hand)
);
-- One for each order, also for an order that was released before it came to reserve anything.
CREATE TABLE inventory_reservations (
    order_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
-- Few reservations are held at any time; looking for expired ones must not read all others.
CREATE INDEX inventory_reservations_held ON inventory_reservations (expires_ms)
    WHERE status = 'held';
-- From where each reservation is taken.
CREATE TABLE inventory_picks (
    order_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    warehouse TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (order_id, product_id, warehouse)
);
-- The ledger: only ever added to; its sums are the stock.
CREATE TABLE inventory_movements (
    reference TEXT NOT NULL,
    reason TEXT NOT NULL,
    product_id TEXT NOT NULL,
    warehouse TEXT NOT NULL,
    on_hand BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    moved_ms BIGINT NOT NULL,
    PRIMARY KEY (reference, reason, product_id, warehouse)
)
