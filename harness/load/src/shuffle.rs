//! A shuffle that is not stored: where each of n things stands, worked out when it is asked for.
//!
//! A Feistel network over the next power of four, walked until it lands below n (cycle walking;
//! J. Black and P. Rogaway, "Ciphers with arbitrary finite domains", 2002). It needs no memory
//! however long a load is. It must not know what is shuffled.

use harness_model::Seed;
use rand::Rng;

const ROUNDS: usize = 4;

/// A permutation of `0..n`, drawn from a seed.
#[derive(Debug)]
pub struct Shuffle {
    n: u64,
    /// Bits of each half of an index.
    half: u32,
    keys: [u64; ROUNDS],
}

impl Shuffle {
    pub fn new(n: u64, seed: Seed, name: &str) -> Shuffle {
        let mut draw = seed.stream(name);
        let bits = u64::BITS - n.saturating_sub(1).leading_zeros();
        Shuffle {
            n,
            half: bits.div_ceil(2).max(1),
            keys: std::array::from_fn(|_| draw.next_u64()),
        }
    }

    /// Where the thing with this index stands; `None` beyond the last.
    pub fn place_of(&self, index: u64) -> Option<u64> {
        if index >= self.n {
            return None;
        }
        let mut place = self.permuted(index);
        while place >= self.n {
            place = self.permuted(place);
        }
        Some(place)
    }

    fn permuted(&self, index: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let (mut left, mut right) = (index >> self.half, index & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mixed(right ^ key) & mask));
        }
        (left << self.half) | right
    }
}

/// The finaliser of SplitMix64 (G. Steele, D. Lea and C. Flood, 2014).
fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_is_taken_once(n in 0..3_000_u64, seed in any::<u64>()) {
            let shuffle = Shuffle::new(n, Seed(seed), "calls");
            let mut places: Vec<u64> = (0..n).filter_map(|i| shuffle.place_of(i)).collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..n).collect::<Vec<_>>());
            prop_assert_eq!(shuffle.place_of(n), None);
        }
    }

    #[test]
    fn the_first_half_of_a_shuffle_has_half_of_each_kind() {
        // Of 10,000 draws without replacement from 20,000, half of one kind: sigma is 35.4.
        for seed in 0..20 {
            let shuffle = Shuffle::new(20_000, Seed(seed), "calls");
            let places = (0..10_000).filter_map(|i| shuffle.place_of(i));
            let low = places.filter(|place| *place < 10_000).count() as f64;
            assert!((low - 5_000.0).abs() < 4.0 * 35.4, "seed {seed}: {low}");
        }
    }
}
