-- Prices that were heard of and are not in the index yet.
CREATE TABLE search_prices (
    product_id TEXT PRIMARY KEY,
    price BIGINT NOT NULL,
    price_version BIGINT NOT NULL
)
