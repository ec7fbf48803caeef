-- Categories, with the number of their products kept, because every visit of the shop lists them.
CREATE TABLE catalog_categories (
    category_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    products BIGINT NOT NULL
);
-- Products; a lower popularity rank means a more popular product.
CREATE TABLE catalog_products (
    product_id TEXT PRIMARY KEY,
    popularity_rank BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    category_id TEXT NOT NULL,
    price BIGINT NOT NULL,
    weight_grams BIGINT NOT NULL,
    price_version BIGINT NOT NULL
);
CREATE INDEX catalog_by_category ON catalog_products (category_id, popularity_rank);
CREATE INDEX catalog_by_rank ON catalog_products (popularity_rank)
