//! Remembers which products an expression finds, best first. To score every match is most of what a
//! search costs, and people search for the same few words; the words of an index never change, so a
//! ranking is never out of date. Prices are not part of it.

use shop_contracts::CategoryId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many products all remembered rankings may name together: 4 MB.
const ROOM: usize = 500_000;

/// The row numbers of the products that are found, best first.
pub(crate) type Ranking = Arc<[i64]>;

/// What is searched for: an expression of the index, and perhaps a category.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Search {
    pub expression: String,
    pub category: Option<CategoryId>,
}

#[derive(Default)]
pub(crate) struct Rankings {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    rankings: HashMap<Search, Ranking>,
    size: usize,
}

impl Rankings {
    pub(crate) fn get(&self, search: &Search) -> Option<Ranking> {
        self.kept().rankings.get(search).map(Arc::clone)
    }

    /// Remembers a ranking. If there is no room for it, all others are forgotten: the frequent ones
    /// are soon back.
    pub(crate) fn keep(&self, search: Search, ranking: &Ranking) {
        // An entry takes some room of its own, so rankings of nothing must not be free.
        let size = ranking.len() + 1;
        if size > ROOM {
            return;
        }
        let mut kept = self.kept();
        if kept.size + size > ROOM {
            *kept = Kept::default();
        }
        if kept.rankings.insert(search, Arc::clone(ranking)).is_none() {
            kept.size += size;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn rankings_are_kept_apart_by_expression_and_category() {
        let rankings = Rankings::default();
        rankings.keep(search("lamp", None), &Ranking::from([2, 1]));
        rankings.keep(search("lamp", Some("lamps")), &Ranking::from([1]));
        let get = |category| rankings.get(&search("lamp", category));
        assert_eq!(get(None).as_deref(), Some(&[2, 1][..]));
        assert_eq!(get(Some("lamps")).as_deref(), Some(&[1][..]));
        assert!(get(Some("chairs")).is_none());
    }

    #[test]
    fn what_is_kept_never_outgrows_the_room() {
        let rankings = Rankings::default();
        let half: Ranking = vec![1; ROOM / 2].into();
        for name in ["a", "b", "b", "c"] {
            rankings.keep(search(name, None), &half);
            assert!(rankings.kept().size <= ROOM);
        }
        assert!(rankings.get(&search("a", None)).is_none());
        assert!(rankings.get(&search("c", None)).is_some());
        let too_long: Ranking = vec![1; ROOM].into();
        rankings.keep(search("d", None), &too_long);
        assert!(rankings.get(&search("d", None)).is_none());
        assert!(rankings.get(&search("c", None)).is_some());
    }
}
