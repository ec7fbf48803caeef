//! The operations of the index: search, completion of words, and updates of prices. It must know
//! neither other contexts nor the store nor a clock.

use crate::error::IndexError;
use crate::file;
use crate::rankings::{Ranking, Rankings, Search};
use crate::vocabulary::{Vocabulary, Word};
use crate::words::searched;
use shop_contracts::catalog::{PriceChanged, Product, ProductSummary};
use shop_contracts::{CategoryId, PAGE_SIZE, Page};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqlitePool};
use std::io;
use std::path::Path;

const SUGGESTIONS: usize = 10;

/// The numbers of all products that match an expression, best first, as a JSON list: a row for each
/// would cost as much as the ranking. BM25 weighs a word in the name like ten in the description;
/// a lower score is better.
const RANK: &str = "WITH found AS MATERIALIZED ( \
        SELECT rowid AS number, bm25(texts, 10.0, 1.0) AS score FROM texts WHERE texts MATCH $1 \
    ) SELECT json_group_array(number ORDER BY score, number) FROM found";
const RANK_CATEGORY: &str = "WITH found AS MATERIALIZED ( \
        SELECT rowid AS number, bm25(texts, 10.0, 1.0) AS score FROM texts WHERE texts MATCH $1 \
    ) SELECT json_group_array(number ORDER BY score, number) FROM found \
    JOIN products USING (number) WHERE category_id = $2";
/// The products of a JSON list of numbers, in its order, as a JSON list. SQLite's thread hands over
/// one row instead of twenty, which halves the cost of a page.
const SHOW: &str = "SELECT json_group_array(json_object( \
        'product_id', product_id, 'name', name, 'price', price, 'weight_grams', weight_grams \
    ) ORDER BY place.key) \
    FROM json_each($1) AS place JOIN products ON products.number = place.value";
const WORDS: &str = "SELECT term, SUM(iif(col = 'name', doc, 0)) AS in_names, \
    SUM(cnt) AS occurrences FROM vocabulary GROUP BY term";
const REPRICE: &str = "UPDATE products SET price = $1, price_version = $2 \
    WHERE product_id = $3 AND price_version < $2";

pub(crate) struct Index {
    pool: SqlitePool,
    vocabulary: Vocabulary,
    rankings: Rankings,
}

impl Index {
    /// Opens the index in a folder, if there is one with this stamp.
    pub(crate) async fn open(folder: &Path, stamp: &str) -> Result<Option<Self>, IndexError> {
        let Some(pool) = file::open(folder, stamp).await? else {
            return Ok(None);
        };
        let words = sqlx::query(WORDS).try_map(word).fetch_all(&pool).await?;
        Ok(Some(Self {
            pool,
            vocabulary: Vocabulary::new(words),
            rankings: Rankings::default(),
        }))
    }

    /// Creates an index that replaces the folder.
    pub(crate) async fn create(
        folder: &Path,
        stamp: &str,
        products: Vec<Product>,
    ) -> Result<Self, IndexError> {
        file::create(folder, stamp, products).await?;
        let vanished = || io::Error::from(io::ErrorKind::NotFound);
        Ok(Self::open(folder, stamp).await?.ok_or_else(vanished)?)
    }

    /// A page of the products that have every word of the text, best first. A text without any
    /// word finds nothing.
    pub(crate) async fn find(
        &self,
        text: &str,
        category: Option<&CategoryId>,
        page: u32,
    ) -> Result<Page<ProductSummary>, IndexError> {
        let page = page.max(1);
        let ranking = match self.expression(text) {
            Some(expression) => self.ranking(expression, category.cloned()).await?,
            None => Ranking::default(),
        };
        let skipped = usize::try_from(Page::<()>::offset(page)).unwrap_or(usize::MAX);
        let shown = ranking.iter().skip(skipped).take(PAGE_SIZE as usize);
        Ok(Page {
            items: self.show(shown.copied().collect()).await?,
            page,
            total: ranking.len() as u64,
        })
    }

    /// Completions of the last word of a text, the most frequent words first.
    pub(crate) fn suggest(&self, text: &str) -> Vec<String> {
        let mut words = searched(text);
        let Some(prefix) = words.pop() else {
            return Vec::new();
        };
        let before: String = words.iter().flat_map(|word| [word, " "]).collect();
        let completions = self.vocabulary.beginning_with(&prefix, SUGGESTIONS);
        completions
            .iter()
            .map(|word| format!("{before}{word}"))
            .collect()
    }

    /// Updates prices. A price that is not newer than the indexed one changes nothing.
    pub(crate) async fn reprice(&self, changes: &[PriceChanged]) -> Result<(), IndexError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for change in changes {
            sqlx::query(REPRICE)
                .bind(change.price.0)
                .bind(change.price_version)
                .bind(&change.product_id.0)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Requires every word, or one that is close to it; `None` when no product can match. Only
    /// words of the index are in the expression, and they are quoted, so FTS5 finds no operator in
    /// them.
    fn expression(&self, text: &str) -> Option<String> {
        let mut groups = Vec::new();
        for typed in searched(text) {
            let meant = self.vocabulary.meanings(&typed);
            if meant.is_empty() {
                return None;
            }
            let quoted: Vec<_> = meant.iter().map(|word| format!("\"{word}\"")).collect();
            groups.push(format!("({})", quoted.join(" OR ")));
        }
        (!groups.is_empty()).then(|| groups.join(" AND "))
    }

    async fn ranking(
        &self,
        expression: String,
        category: Option<CategoryId>,
    ) -> Result<Ranking, IndexError> {
        let search = Search {
            expression,
            category,
        };
        if let Some(ranking) = self.rankings.get(&search) {
            return Ok(ranking);
        }
        let rank = match &search.category {
            Some(category) => sqlx::query_scalar(RANK_CATEGORY)
                .bind(&search.expression)
                .bind(&category.0),
            None => sqlx::query_scalar(RANK).bind(&search.expression),
        };
        let ranked: String = rank.fetch_one(&self.pool).await?;
        let ranking: Ranking = serde_json::from_str::<Vec<i64>>(&ranked)?.into();
        self.rankings.insert(search, &ranking);
        Ok(ranking)
    }

    async fn show(&self, numbers: Vec<i64>) -> Result<Vec<ProductSummary>, IndexError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = serde_json::Value::from(numbers).to_string();
        let show = sqlx::query_scalar(SHOW).bind(numbers);
        let shown: String = show.fetch_one(&self.pool).await?;
        Ok(serde_json::from_str(&shown)?)
    }
}

fn word(row: SqliteRow) -> Result<Word, sqlx::Error> {
    Ok(Word {
        text: row.try_get("term")?,
        in_names: row.try_get("in_names")?,
        occurrences: row.try_get("occurrences")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::words;
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;
    use shop_contracts::{Cents, ProductId};
    use tempfile::TempDir;

    pub(crate) fn product(rank: u32, name: &str, description: &str) -> Product {
        Product {
            product_id: ProductId::seeded(rank),
            name: name.to_owned(),
            description: description.to_owned(),
            category_id: CategoryId::from("any"),
            price: Cents(100),
            weight_grams: 10,
            price_version: 1,
        }
    }

    /// An index over products with these names and descriptions, in this order of ids.
    async fn index(texts: &[(&str, &str)]) -> (Index, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let products = texts.iter().zip(1..);
        let products = products.map(|((name, description), rank)| product(rank, name, description));
        let path = folder.path().join("index");
        let index = Index::create(&path, "stamp", products.collect()).await;
        (index.unwrap(), folder)
    }

    async fn find(index: &Index, text: &str) -> Vec<String> {
        let page = index.find(text, None, 1).await.unwrap();
        page.items.into_iter().map(|item| item.name).collect()
    }

    #[tokio::test]
    async fn a_match_in_the_name_or_in_a_short_text_ranks_first() {
        let (index, _folder) = index(&[
            ("Stool", "Lamp lamp lamp lamp lamp, a stool for your lamp."),
            ("Lamp", "It shines, and shines, and shines, and shines."),
            ("Chair", "A chair for your lamp."),
            ("Table", "For anything."),
        ])
        .await;
        assert_eq!(find(&index, "lamp").await, ["Lamp", "Stool", "Chair"]);
        assert_eq!(find(&index, "for your").await, ["Chair", "Stool"]);
    }

    #[tokio::test]
    async fn equal_scores_are_in_the_order_of_ids_on_every_page() {
        let (index, _folder) = index(&[("Nail", "Iron."); 45]).await;
        let mut ids = Vec::new();
        for page in 1..=4 {
            let page = index.find("nail", None, page).await.unwrap();
            assert_eq!(page.total, 45);
            ids.extend(page.items.into_iter().map(|item| item.product_id));
        }
        let expected: Vec<_> = (1..=45).map(ProductId::seeded).collect();
        assert_eq!(ids, expected);
    }

    #[tokio::test]
    async fn a_mistyped_word_finds_close_words_and_a_correct_one_only_itself() {
        let (index, _folder) = index(&[
            ("Wooden Lamp", ""),
            ("Wooden Camp", ""),
            ("Woollen Lamb", ""),
        ])
        .await;
        assert_eq!(find(&index, "wodoen lamp").await, ["Wooden Lamp"]);
        assert_eq!(find(&index, "lamb").await, ["Woollen Lamb"]);
        assert_eq!(find(&index, "xamp").await, ["Wooden Lamp", "Wooden Camp"]);
        assert_eq!(find(&index, "wooden xyzzy").await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn words_of_any_alphabet_match_in_any_case() {
        let (index, _folder) = index(&[("Lämpchen ΟΔΟΣ", "İnce \u{301}x 北京")]).await;
        for word in [
            "LÄMPCHEN",
            "οδος",
            "İNCE",
            "北京",
            "lämpchen-北京",
            "lampchen",
        ] {
            assert_eq!(find(&index, word).await.len(), 1, "{word}");
        }
        assert!(find(&index, "北").await.is_empty());
    }

    #[tokio::test]
    async fn a_search_shows_new_prices_and_ignores_a_late_older_one() {
        let (index, folder) = index(&[("Lamp", ""), ("Lamp", "")]).await;
        let change = |price, price_version| PriceChanged {
            product_id: ProductId::seeded(2),
            price: Cents(price),
            price_version,
        };
        let prices = async |index: &Index| {
            let found = index.find("lamp", None, 1).await.unwrap();
            let prices = found.items.into_iter().map(|item| item.price.0);
            prices.collect::<Vec<_>>()
        };
        assert_eq!(prices(&index).await, [100, 100]);
        let unknown = PriceChanged {
            product_id: ProductId::seeded(9),
            ..change(900, 9)
        };
        let changes = [change(300, 3), change(200, 2), unknown, change(900, 3)];
        index.reprice(&changes).await.unwrap();
        assert_eq!(prices(&index).await, [100, 300]);
        drop(index);
        let path = folder.path().join("index");
        let reopened = Index::open(&path, "stamp").await.unwrap().unwrap();
        assert_eq!(prices(&reopened).await, [100, 300]);
    }

    const SYNTAX: &[&str] = &[
        "\"", "'", "*", "^", ":", "-", "+", "(", ")", "{", "}", ",", ";", "--", "\\", "\0", " ",
        " AND ", " OR ", " NOT ", " NEAR(", "name:", "rank:", "{name}:", "\"\"", "rowid",
    ];
    const WORDS_AND_MISTAKES: &[&str] = &["lamp", "Red", "oak", "lmap", "chari", "and", "near"];

    /// Texts of words, mistyped words, and everything that FTS5 reads as an operator.
    fn texts() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            prop::sample::select(SYNTAX).prop_map(str::to_owned),
            prop::sample::select(WORDS_AND_MISTAKES).prop_map(str::to_owned),
            any::<String>(),
        ];
        prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    #[test]
    fn any_text_finds_exactly_the_products_with_its_words() {
        let shop = [
            ("Red Lamp", "near the oak"),
            ("Oak Chair", "red and not near"),
            ("Lamp", "or rank name rowid"),
        ];
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (index, _folder) = runtime.block_on(index(&shop));
        let found = TestRunner::default().run(&texts(), |text| {
            let has_all = |(name, description): &&(&str, &str)| {
                let there = words::searched(&format!("{name} {description}"));
                let has = |word: &str| there.iter().any(|one| one == word);
                let typed = words::searched(&text);
                let is_meant = |typed: &String| {
                    let meant = index.vocabulary.meanings(typed);
                    meant.into_iter().any(has)
                };
                !typed.is_empty() && typed.iter().all(is_meant)
            };
            let expected = shop.iter().filter(has_all).count() as u64;
            let page = runtime.block_on(index.find(&text, None, 1));
            prop_assert_eq!(
                page.map_err(|error| error.to_string()).unwrap().total,
                expected
            );
            Ok(())
        });
        found.unwrap();
    }
}
