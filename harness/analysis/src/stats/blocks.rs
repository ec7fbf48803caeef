//! Time cut into blocks, so that an interval does not take neighbours for independent.
//!
//! Requests that follow each other share stalls, queues and caches; blocks of some seconds hardly
//! do. The spread of an average is therefore taken from the blocks' sums (method of batch means,
//! R. W. Conway, *Management Science* 10, 1963; A. M. Law, *Simulation Modeling and Analysis*,
//! 5th ed., 2015, section 9.5.3), within each stretch of time apart: that a fault is on in one
//! stretch and not in the next is the plan's doing, not chance (stratified sampling, W. G. Cochran,
//! *Sampling Techniques*, 3rd ed., 1977, sections 5.3 and 5.4). What neighbouring blocks still
//! share is made up for by their correlation.
//!
//! It must not know what is averaged.

const SECOND: f64 = 1e9;
/// So many blocks are wanted in all; their length is between the two bounds below.
const WANTED: f64 = 12.0;
const SHORTEST_NS: f64 = SECOND;
const LONGEST_NS: f64 = 5.0 * SECOND;
/// A stretch shorter than this many blocks of the least length is cut into as many anyway: without
/// two of them nothing is known of its spread.
const LEAST: f64 = 5.0;

/// From the first moment up to, not including, the second; nanoseconds.
pub type Stretch = (i64, i64);

/// The blocks of some stretches of time, which are in order and do not overlap.
#[derive(Debug, Clone)]
pub struct Blocks(Vec<Cut>);

#[derive(Debug, Clone, Copy)]
struct Cut {
    from: i64,
    to: i64,
    /// Number of the first of its blocks, and how many there are.
    first: usize,
    blocks: usize,
}

/// The variance of a sum over all blocks, and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub variance: f64,
    /// Degrees of freedom (F. E. Satterthwaite, *Biometrics Bulletin* 2, 1946).
    pub freedom: f64,
}

impl Blocks {
    /// Blocks of `length / 12`, at least 1 s and at most 5 s; five in a stretch of less than five
    /// seconds that stands alone, and two in one that does not.
    pub fn of(stretches: &[Stretch]) -> Blocks {
        let lengths = stretches.iter().map(|(from, to)| (to - from).max(0) as f64);
        let all: f64 = lengths.clone().sum();
        let wanted = (all / WANTED).clamp(SHORTEST_NS, LONGEST_NS);
        let width = wanted.min((all / LEAST).max(1.0));
        let mut first = 0;
        let cut = |(&(from, to), length): (&Stretch, f64)| {
            let blocks = ((length / width).round() as usize).max(2);
            let cut = Cut {
                from,
                to,
                first,
                blocks,
            };
            first += blocks;
            cut
        };
        Blocks(stretches.iter().zip(lengths).map(cut).collect())
    }

    pub fn count(&self) -> usize {
        self.0.last().map_or(0, |last| last.first + last.blocks)
    }

    /// A sum of nothing for each block, and one at least.
    pub fn sums(&self) -> Vec<f64> {
        vec![0.0; self.count().max(1)]
    }

    /// The number of the block that holds a moment. A moment between two stretches belongs to the
    /// later one, and one after the last to its last block. 0 where there is no stretch.
    pub fn at(&self, moment: i64) -> usize {
        let after = self.0.partition_point(|cut| cut.to <= moment);
        let Some(cut) = self.0.get(after).or(self.0.last()) else {
            return 0;
        };
        let share = (moment - cut.from) as f64 / (cut.to - cut.from).max(1) as f64;
        let block = (share * cut.blocks as f64).max(0.0) as usize;
        cut.first + block.min(cut.blocks - 1)
    }

    /// The variance of the sum of what the blocks hold: over the stretches of m blocks each,
    /// `Σ m/(m-1) Σ (y - ȳ)² (1 + 2r)`. r is the correlation of neighbouring blocks, never below 0:
    /// the first term of the variance of a sum of correlated values (M. B. Priestley, *Spectral
    /// Analysis and Time Series*, 1981, section 5.3.2). `None` where there is no stretch.
    pub fn spread(&self, sums: &[f64]) -> Option<Spread> {
        let (mut variance, mut doubt) = (0.0, 0.0);
        let mut freedom: f64 = 0.0;
        for cut in &self.0 {
            let sums = sums.get(cut.first..cut.first + cut.blocks)?;
            let m = cut.blocks as f64;
            let mean = sums.iter().sum::<f64>() / m;
            let around: f64 = sums.iter().map(|y| (y - mean).powi(2)).sum();
            let one = m / (m - 1.0) * around * (1.0 + 2.0 * correlation(sums, mean, around));
            variance += one;
            doubt += one * one / (m - 1.0);
            freedom += m - 1.0;
        }
        let known = if doubt > 0.0 {
            variance * variance / doubt
        } else {
            freedom
        };
        (!self.0.is_empty()).then_some(Spread {
            variance,
            freedom: known,
        })
    }
}

/// Of neighbours, with the sum of squares `around` their mean.
fn correlation(sums: &[f64], mean: f64, around: f64) -> f64 {
    if around <= 0.0 {
        return 0.0;
    }
    let pairs = sums.windows(2);
    let shared: f64 = pairs.map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    (shared / around).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(from: i64, to: i64) -> Stretch {
        (from * 1_000_000_000, to * 1_000_000_000)
    }

    #[test]
    fn blocks_take_one_to_five_seconds_and_never_cross_a_stretch() {
        assert_eq!(Blocks::of(&[seconds(0, 6)]).count(), 6);
        assert_eq!(Blocks::of(&[seconds(0, 60)]).count(), 12);
        assert_eq!(Blocks::of(&[seconds(8, 608)]).count(), 120);
        assert_eq!(Blocks::of(&[seconds(0, 2)]).count(), 5);
        let two = Blocks::of(&[seconds(10, 40), seconds(50, 80)]);
        assert_eq!(two.count(), 12);
        let at = |ms: i64| two.at(ms * 1_000_000);
        assert_eq!([at(10_000), at(39_999), at(50_000)], [0, 5, 6]);
        assert_eq!([at(0), at(45_000), at(99_000)], [0, 6, 11]);
        assert_eq!(Blocks::of(&[]).spread(&[]), None);
    }

    #[test]
    fn the_spread_of_a_sum_is_that_of_the_textbook() {
        // 2, 4, 4, 4, 5, 5, 7, 9 have the unbiased variance 32/7; put in an order in which
        // neighbours differ, their correlation adds nothing, and the sum has eight times it.
        let blocks = Blocks::of(&[seconds(0, 8)]);
        let found = blocks.spread(&[9.0, 2.0, 7.0, 4.0, 5.0, 4.0, 5.0, 4.0]);
        let found = found.expect("there is a stretch");
        assert!((found.variance - 8.0 * 32.0 / 7.0).abs() < 1e-9);
        assert!((found.freedom - 7.0).abs() < 1e-9);
    }

    #[test]
    fn a_plan_that_makes_two_stretches_differ_adds_no_spread() {
        let blocks = Blocks::of(&[seconds(0, 4), seconds(4, 8)]);
        let sums = [1.0, 1.0, 1.0, 1.0, 50.0, 50.0, 50.0, 50.0];
        assert_eq!(
            blocks.spread(&sums).map(|spread| spread.variance),
            Some(0.0)
        );
        let one = Blocks::of(&[seconds(0, 8)]);
        assert!(
            one.spread(&sums)
                .is_some_and(|spread| spread.variance > 1e3)
        );
    }

    #[test]
    fn blocks_that_go_up_and_down_together_spread_more() {
        let blocks = Blocks::of(&[seconds(0, 8)]);
        let spread = |sums: [f64; 8]| blocks.spread(&sums).map(|spread| spread.variance);
        let together = spread([1.0, 1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0]);
        let in_turn = spread([1.0, 9.0, 1.0, 9.0, 1.0, 9.0, 1.0, 9.0]);
        // Neighbours correlate by 5/8: 1 + 2 * 5/8 times the textbook's.
        assert_eq!(in_turn, Some(8.0 / 7.0 * 128.0));
        assert!((together.unwrap() - 2.25 * 8.0 / 7.0 * 128.0).abs() < 1e-9);
    }
}
