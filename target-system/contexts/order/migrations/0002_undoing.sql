-- Whether an order is being undone: from then on it cannot be paid, however far its purchase comes.
ALTER TABLE order_orders ADD COLUMN undoing BIGINT NOT NULL DEFAULT 0;
