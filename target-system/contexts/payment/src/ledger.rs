//! Double-entry bookkeeping: every posting moves money from one account to another, so that the
//! whole ledger sums to zero at any time.

use shop_contracts::{Cents, PaymentId};

/// The money that the provider owes the shop.
const PROVIDER: &str = "provider";
/// The shop's sales; credits are negative.
const SALES: &str = "sales";

/// Amounts on two accounts that sum to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posting {
    pub name: String,
    pub entries: [(&'static str, Cents); 2],
}

pub(crate) fn capture(payment: &PaymentId, amount: Cents) -> Posting {
    Posting {
        name: format!("{payment}/capture"),
        entries: [(PROVIDER, amount), (SALES, -amount)],
    }
}

pub(crate) fn refund(payment: &PaymentId, reference: &str, amount: Cents) -> Posting {
    Posting {
        name: format!("{payment}/refund/{reference}"),
        entries: [(SALES, amount), (PROVIDER, -amount)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_posting_sums_to_zero() {
        let payment = PaymentId::from("pay");
        for posting in [
            capture(&payment, Cents(100)),
            refund(&payment, "r", Cents(40)),
        ] {
            let sum: Cents = posting.entries.iter().map(|(_, amount)| *amount).sum();
            assert_eq!(sum, Cents(0), "{}", posting.name);
        }
    }
}
