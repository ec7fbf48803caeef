//! The kinds of movement that a reservation makes: how each changes the stock, for each piece.

/// A kind of movement: how `on_hand` and `reserved` change.
pub(crate) struct Movement {
    pub reason: &'static str,
    pub on_hand: i64,
    pub reserved: i64,
}

const fn movement(reason: &'static str, on_hand: i64, reserved: i64) -> Movement {
    Movement {
        reason,
        on_hand,
        reserved,
    }
}

/// Pieces are reserved for an order.
pub(crate) const RESERVE: Movement = movement("reserve", 0, 1);
/// Reserved pieces leave the warehouse.
pub(crate) const COMMIT: Movement = movement("commit", -1, -1);
/// Reserved pieces are free again, because the order was cancelled.
pub(crate) const RELEASE: Movement = movement("release", 0, -1);
/// Reserved pieces are free again, because the order took too long.
pub(crate) const EXPIRE: Movement = movement("expire", 0, -1);
/// Committed pieces are back in stock.
pub(crate) const RETURN: Movement = movement("return", 1, 0);

impl Movement {
    /// How many free pieces the movement takes for each piece moved.
    pub(crate) const fn takes(&self) -> i64 {
        self.reserved - self.on_hand
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reserve_takes_free_pieces_and_every_outcome_restores_the_stock() {
        assert_eq!(RESERVE.takes(), 1);
        for outcome in [vec![RELEASE], vec![EXPIRE], vec![COMMIT, RETURN]] {
            let sum =
                |part: fn(&Movement) -> i64| part(&RESERVE) + outcome.iter().map(part).sum::<i64>();
            assert_eq!((sum(|one| one.on_hand), sum(|one| one.reserved)), (0, 0));
            assert!(outcome.iter().all(|one| one.takes() <= 0));
        }
    }
}
