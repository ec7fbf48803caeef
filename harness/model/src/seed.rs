//! One seed, named streams.
//!
//! Every random decision of a run draws from `seed.stream("name")`, so a decision never depends on
//! how many draws some other part made. It must not know who draws.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The seed of a run; the same seed gives the same plan, arrivals, users and data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// An independent, reproducible generator for one purpose.
    pub fn stream(self, name: &str) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.digest(name))
    }

    /// A seed of its own for one member of a family, for example one session.
    pub fn child(self, name: &str, index: u64) -> Seed {
        let digest = self.digest(&format!("{name}/{index}"));
        let mut first = [0_u8; 8];
        first.copy_from_slice(&digest[..8]);
        Seed(u64::from_le_bytes(first))
    }

    fn digest(self, name: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_le_bytes());
        hash.update(name.as_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    #[test]
    fn same_seed_and_name_draw_the_same_numbers_and_others_differ() {
        let draw = |seed: u64, name: &str| Seed(seed).stream(name).next_u64();
        assert_eq!(draw(7, "arrivals"), draw(7, "arrivals"));
        assert_ne!(draw(7, "arrivals"), draw(8, "arrivals"));
        assert_ne!(draw(7, "arrivals"), draw(7, "think"));
        assert_ne!(Seed(7).child("session", 1), Seed(7).child("session", 2));
    }
}
