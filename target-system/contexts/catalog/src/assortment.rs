//! The categories of the seeded assortment: the words of product names, and typical prices and
//! weights. Pure data; `seed` draws from it.

/// A category and the distribution of its products.
pub(crate) struct Kind {
    pub id: &'static str,
    pub name: &'static str,
    pub nouns: &'static [&'static str],
    pub materials: &'static [&'static str],
    /// Half of the products cost less than this.
    pub median_euros: f64,
    /// Half of the products weigh less than this.
    pub median_grams: f64,
}

const fn kind(
    id: &'static str,
    name: &'static str,
    nouns: &'static [&'static str],
    materials: &'static [&'static str],
    median_euros: f64,
    median_grams: f64,
) -> Kind {
    Kind {
        id,
        name,
        nouns,
        materials,
        median_euros,
        median_grams,
    }
}

const WOOD: &[&str] = &["Wooden", "Oak", "Walnut", "Birch", "Bamboo"];
const METAL: &[&str] = &["Steel", "Brass", "Iron", "Copper"];
const HARD: &[&str] = &["Wooden", "Glass", "Ceramic", "Brass", "Paper"];
const CLOTH: &[&str] = &["Cotton", "Linen", "Wool", "Felt", "Velvet"];
const WEAR: &[&str] = &["Leather", "Canvas", "Cotton", "Denim"];
const CLAY: &[&str] = &["Ceramic", "Stoneware", "Porcelain", "Glass"];

/// Every category, in order of id.
pub(crate) const KINDS: [Kind; 24] = [
    kind(
        "baby",
        "Baby",
        &["Blanket", "Rattle", "Bib", "Mobile"],
        CLOTH,
        16.0,
        250.0,
    ),
    kind(
        "bags",
        "Bags",
        &["Bag", "Backpack", "Tote", "Pouch"],
        WEAR,
        45.0,
        700.0,
    ),
    kind(
        "bath",
        "Bath",
        &["Towel", "Bathrobe", "Soap Dish", "Mat"],
        CLOTH,
        19.0,
        500.0,
    ),
    kind(
        "bedding",
        "Bedding",
        &["Pillow", "Duvet", "Sheet", "Quilt"],
        CLOTH,
        48.0,
        1_400.0,
    ),
    kind(
        "bicycles",
        "Bicycles",
        &["Bell", "Pannier", "Saddle", "Basket"],
        METAL,
        38.0,
        900.0,
    ),
    kind(
        "boxes",
        "Boxes",
        &["Box", "Crate", "Chest", "Basket"],
        WOOD,
        26.0,
        1_500.0,
    ),
    kind(
        "chairs",
        "Chairs",
        &["Chair", "Armchair", "Stool", "Bench"],
        WOOD,
        120.0,
        5_500.0,
    ),
    kind(
        "clocks",
        "Clocks",
        &["Clock", "Alarm Clock", "Timer"],
        METAL,
        42.0,
        600.0,
    ),
    kind(
        "cups",
        "Cups",
        &["Cup", "Mug", "Bowl", "Teapot"],
        CLAY,
        14.0,
        400.0,
    ),
    kind(
        "decor",
        "Decor",
        &["Vase", "Candle Holder", "Frame", "Mirror"],
        HARD,
        28.0,
        900.0,
    ),
    kind(
        "desks",
        "Desks",
        &["Desk", "Writing Table", "Desk Shelf"],
        WOOD,
        210.0,
        7_500.0,
    ),
    kind(
        "games",
        "Games",
        &["Chess Set", "Puzzle", "Domino", "Dice"],
        WOOD,
        24.0,
        650.0,
    ),
    kind(
        "garden",
        "Garden",
        &["Planter", "Watering Can", "Trowel"],
        METAL,
        27.0,
        1_200.0,
    ),
    kind(
        "hats",
        "Hats",
        &["Hat", "Cap", "Beanie", "Beret"],
        CLOTH,
        25.0,
        150.0,
    ),
    kind(
        "kitchen",
        "Kitchen",
        &["Pan", "Pot", "Kettle", "Ladle"],
        METAL,
        44.0,
        1_600.0,
    ),
    kind(
        "lamps",
        "Lamps",
        &["Lamp", "Desk Lamp", "Lantern"],
        HARD,
        65.0,
        1_800.0,
    ),
    kind(
        "pets",
        "Pets",
        &["Collar", "Leash", "Pet Bed", "Pet Bowl"],
        WEAR,
        22.0,
        450.0,
    ),
    kind(
        "plates",
        "Plates",
        &["Plate", "Platter", "Saucer"],
        CLAY,
        17.0,
        550.0,
    ),
    kind(
        "rugs",
        "Rugs",
        &["Rug", "Runner", "Doormat"],
        CLOTH,
        85.0,
        3_200.0,
    ),
    kind(
        "shelves",
        "Shelves",
        &["Shelf", "Bookcase", "Rack"],
        WOOD,
        95.0,
        6_500.0,
    ),
    kind(
        "shoes",
        "Shoes",
        &["Shoes", "Boots", "Slippers"],
        WEAR,
        70.0,
        850.0,
    ),
    kind(
        "stationery",
        "Stationery",
        &["Notebook", "Pen Case", "Folder"],
        WEAR,
        11.0,
        200.0,
    ),
    kind(
        "tables",
        "Tables",
        &["Table", "Side Table", "Coffee Table"],
        WOOD,
        180.0,
        8_000.0,
    ),
    kind(
        "toys",
        "Toys",
        &["Train", "Kite", "Top", "Blocks"],
        WOOD,
        21.0,
        500.0,
    ),
];

/// Half of the products have no size in their name.
pub(crate) const SIZES: [&str; 8] = ["Small", "Large", "Slim", "Wide", "", "", "", ""];

pub(crate) const COLOURS: [&str; 12] = [
    "Red",
    "Blue",
    "Green",
    "Yellow",
    "White",
    "Black",
    "Grey",
    "Brown",
    "Orange",
    "Purple",
    "Pink",
    "Turquoise",
];

/// Sentences for the description of any product.
pub(crate) const PRAISE: [&str; 10] = [
    "Made by hand in a family workshop.",
    "Built to last a lifetime.",
    "A quiet favourite of our customers.",
    "Designed in Copenhagen.",
    "Easy to clean and hard to break.",
    "From a limited autumn collection.",
    "Repaired free of charge for five years.",
    "Comes in a recycled carton.",
    "A present that is never returned.",
    "Made from what others throw away.",
];
