//! The index on disk: made once, searched in place, changed in batches. Knows products and words;
//! knows no context, no store and no time. Everything here blocks for a short while.

use crate::words::words;
use shop_contracts::catalog::{PriceChanged, Product, ProductSummary};
use shop_contracts::{CategoryId, PAGE_SIZE, Page};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TEXT, TantivyDocument, Value as _,
};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, Searcher, Term};

/// The least that the library works with; held only while something is written.
const WRITER_BYTES: usize = 15_000_000;
/// A word in the name says more than one in the description.
const NAME_BOOST: f32 = 3.0;
const SUGGESTIONS: usize = 10;
const STAMP: &str = "stamp";

/// Why the index did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    #[error("use the index: {0}")]
    Index(#[from] tantivy::TantivyError),
    #[error("reach the index's files: {0}")]
    Files(#[from] io::Error),
    #[error("read a product: {0}")]
    Product(#[from] serde_json::Error),
}

pub(crate) struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    id: Field,
    name: Field,
    description: Field,
    category: Field,
    /// The whole product as JSON.
    body: Field,
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let fields = Fields {
        id: schema.add_text_field("id", STRING),
        name: schema.add_text_field("name", TEXT),
        description: schema.add_text_field("description", TEXT),
        category: schema.add_text_field("category", STRING),
        body: schema.add_text_field("body", STORED),
    };
    (schema.build(), fields)
}

impl Index {
    /// Opens the index in a folder, if there is one with this stamp.
    pub(crate) fn open(folder: &Path, stamp: &str) -> Result<Option<Self>, IndexError> {
        if fs::read_to_string(folder.join(STAMP)).unwrap_or_default() != stamp {
            return Ok(None);
        }
        let index = tantivy::Index::open_in_dir(folder)?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let (_, fields) = schema();
        Ok(Some(Self {
            index,
            reader,
            fields,
        }))
    }

    /// Makes an index in place of whatever is in the folder. It appears there by one rename, so
    /// that an interrupted attempt leaves nothing half-made behind.
    pub(crate) fn create(
        folder: &Path,
        stamp: &str,
        products: &[Product],
    ) -> Result<Self, IndexError> {
        let unfinished = folder.with_extension("unfinished");
        for stale in [&unfinished, folder] {
            if stale.exists() {
                fs::remove_dir_all(stale)?;
            }
        }
        fs::create_dir_all(&unfinished)?;
        let (schema, fields) = schema();
        let index = tantivy::Index::create_in_dir(&unfinished, schema)?;
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES)?;
        for product in products {
            writer.add_document(fields.document(product)?)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        drop(index);
        fs::write(unfinished.join(STAMP), stamp)?;
        fs::rename(&unfinished, folder)?;
        let vanished = || io::Error::from(io::ErrorKind::NotFound);
        Ok(Self::open(folder, stamp)?.ok_or_else(vanished)?)
    }

    /// A page of the products that have every word of the text, best first. A text without any
    /// word finds nothing.
    pub(crate) fn find(
        &self,
        text: &str,
        category: Option<&CategoryId>,
        page: u32,
    ) -> Result<Page<ProductSummary>, IndexError> {
        let page = page.max(1);
        let nothing = Page {
            items: Vec::new(),
            page,
            total: 0,
        };
        let words = words(text);
        if words.is_empty() {
            return Ok(nothing);
        }
        let query = self.fields.query(&words, category);
        let searcher = self.reader.searcher();
        let total = searcher.search(&query, &Count)?;
        let offset = usize::try_from(Page::<()>::offset(page)).unwrap_or(usize::MAX);
        if offset >= total {
            let total = total as u64;
            return Ok(Page { total, ..nothing });
        }
        let best = TopDocs::with_limit(PAGE_SIZE as usize)
            .and_offset(offset)
            .order_by_score();
        let mut items = Vec::new();
        for (_, address) in searcher.search(&query, &best)? {
            let found = self.fields.product(&searcher.doc(address)?)?;
            items.push(ProductSummary {
                product_id: found.product_id,
                name: found.name,
                price: found.price,
                weight_grams: found.weight_grams,
            });
        }
        let total = total as u64;
        Ok(Page { items, page, total })
    }

    /// How the last word of a text may go on, the most frequent words first.
    pub(crate) fn suggest(&self, text: &str) -> Result<Vec<String>, IndexError> {
        let mut words = words(text);
        let Some(begun) = words.pop() else {
            return Ok(Vec::new());
        };
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let inverted = segment.inverted_index(self.fields.name)?;
            let mut terms = inverted
                .terms()
                .range()
                .ge(begun.as_bytes())
                .into_stream()?;
            while terms.advance() && terms.key().starts_with(begun.as_bytes()) {
                let word = String::from_utf8_lossy(terms.key()).into_owned();
                *counts.entry(word).or_default() += u64::from(terms.value().doc_freq);
            }
        }
        let mut counted: Vec<_> = counts.into_iter().collect();
        // A stable sort: words that are equally frequent stay in the order of the alphabet.
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let ends = counted.into_iter().take(SUGGESTIONS);
        let before = words
            .iter()
            .fold(String::new(), |all, word| all + word + " ");
        Ok(ends.map(|(end, _)| format!("{before}{end}")).collect())
    }

    /// Takes in new prices, and shows them. Prices that are known already change nothing.
    pub(crate) fn reprice(&self, changes: &[PriceChanged]) -> Result<(), IndexError> {
        let searcher = self.reader.searcher();
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, WRITER_BYTES)?;
        for change in changes {
            let Some(mut product) = self.product(&searcher, change)? else {
                continue;
            };
            if product.price_version >= change.price_version {
                continue;
            }
            product.price = change.price;
            product.price_version = change.price_version;
            writer.delete_term(self.fields.id(change));
            writer.add_document(self.fields.document(&product)?)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        Ok(self.reader.reload()?)
    }

    fn product(
        &self,
        searcher: &Searcher,
        change: &PriceChanged,
    ) -> Result<Option<Product>, IndexError> {
        let query = TermQuery::new(self.fields.id(change), IndexRecordOption::Basic);
        let found = searcher.search(&query, &TopDocs::with_limit(1).order_by_score())?;
        let Some((_, address)) = found.first() else {
            return Ok(None);
        };
        Ok(Some(self.fields.product(&searcher.doc(*address)?)?))
    }
}

impl Fields {
    fn id(&self, change: &PriceChanged) -> Term {
        Term::from_field_text(self.id, change.product_id.as_ref())
    }

    fn document(&self, product: &Product) -> Result<TantivyDocument, IndexError> {
        let mut document = TantivyDocument::default();
        document.add_text(self.id, &product.product_id);
        document.add_text(self.name, &product.name);
        document.add_text(self.description, &product.description);
        document.add_text(self.category, &product.category_id);
        document.add_text(self.body, serde_json::to_string(product)?);
        Ok(document)
    }

    fn product(&self, document: &TantivyDocument) -> Result<Product, IndexError> {
        let body = document.get_first(self.body);
        let body = body.and_then(|body| body.as_str()).unwrap_or_default();
        Ok(serde_json::from_str(body)?)
    }

    /// Every word must be there, in the name or in the description.
    fn query(&self, words: &[String], category: Option<&CategoryId>) -> BooleanQuery {
        let mut all: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in words {
            let within = |field| {
                let term = Term::from_field_text(field, word);
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
            };
            let name = Box::new(BoostQuery::new(within(self.name), NAME_BOOST));
            let either = BooleanQuery::union(vec![name, within(self.description)]);
            all.push((Occur::Must, Box::new(either)));
        }
        if let Some(category) = category {
            let term = Term::from_field_text(self.category, category.as_ref());
            let within = TermQuery::new(term, IndexRecordOption::Basic);
            all.push((Occur::Must, Box::new(within)));
        }
        BooleanQuery::new(all)
    }
}
