//! Caches which products match an expression, best first. Scoring every match is most of the cost
//! of a search, and people search for the same few words. The words of an index never change and
//! prices are not cached, so a ranking is never out of date.

use shop_contracts::CategoryId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Limit of products in all cached rankings together: 4 MB.
const CAPACITY: usize = 500_000;

/// The row numbers of the matching products, best first.
pub(crate) type Ranking = Arc<[i64]>;

/// The key of a ranking: an expression of the index, and perhaps a category.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Search {
    pub expression: String,
    pub category: Option<CategoryId>,
}

#[derive(Default)]
pub(crate) struct Rankings {
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    rankings: HashMap<Search, Ranking>,
    size: usize,
}

impl Rankings {
    pub(crate) fn get(&self, search: &Search) -> Option<Ranking> {
        self.cache().rankings.get(search).map(Arc::clone)
    }

    /// Caches a ranking. If the capacity is exceeded, all others are dropped: the frequent ones are
    /// soon cached again.
    pub(crate) fn insert(&self, search: Search, ranking: &Ranking) {
        // An entry takes memory itself, so an empty ranking must count, too.
        let size = ranking.len() + 1;
        if size > CAPACITY {
            return;
        }
        let mut cache = self.cache();
        if cache.size + size > CAPACITY {
            *cache = Cache::default();
        }
        if cache.rankings.insert(search, Arc::clone(ranking)).is_none() {
            cache.size += size;
        }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(expression: &str, category: Option<&str>) -> Search {
        Search {
            expression: expression.to_owned(),
            category: category.map(CategoryId::from),
        }
    }

    #[test]
    fn rankings_are_cached_by_expression_and_category() {
        let rankings = Rankings::default();
        rankings.insert(search("lamp", None), &Ranking::from([2, 1]));
        rankings.insert(search("lamp", Some("lamps")), &Ranking::from([1]));
        let get = |category| rankings.get(&search("lamp", category));
        assert_eq!(get(None).as_deref(), Some(&[2, 1][..]));
        assert_eq!(get(Some("lamps")).as_deref(), Some(&[1][..]));
        assert!(get(Some("chairs")).is_none());
    }

    #[test]
    fn the_cache_never_exceeds_its_capacity() {
        let rankings = Rankings::default();
        let half: Ranking = vec![1; CAPACITY / 2].into();
        for name in ["a", "b", "b", "c"] {
            rankings.insert(search(name, None), &half);
            assert!(rankings.cache().size <= CAPACITY);
        }
        assert!(rankings.get(&search("a", None)).is_none());
        assert!(rankings.get(&search("c", None)).is_some());
        let too_long: Ranking = vec![1; CAPACITY].into();
        rankings.insert(search("d", None), &too_long);
        assert!(rankings.get(&search("d", None)).is_none());
        assert!(rankings.get(&search("c", None)).is_some());
    }
}
