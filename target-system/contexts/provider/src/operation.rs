//! The provider's rules: what each operation does to a hold. Pure; it must know neither store nor
//! time.

use crate::decline;
use shop_contracts::Cents;
use shop_contracts::provider::{Hold, LetGo, PayBack, ProviderError, Settle};

/// The id of the hold, or a refusal; both are answers, and both are stored.
pub(crate) type Outcome = Result<String, ProviderError>;

/// An amount held on a card, as the provider has recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HoldRow {
    pub hold_id: String,
    pub amount: Cents,
    pub paid_back: Cents,
    pub status: HoldStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldStatus {
    Held,
    Settled,
    LetGo,
}

impl HoldStatus {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Settled => "settled",
            Self::LetGo => "let_go",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Held, Self::Settled, Self::LetGo]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// A request and its key.
pub(crate) struct Operation<'a> {
    pub key: &'a str,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Hold { amount: Cents, last_four: &'a str },
    Settle { hold_id: &'a str },
    LetGo { hold_id: &'a str },
    PayBack { hold_id: &'a str, amount: Cents },
}

impl<'a> Operation<'a> {
    pub(crate) fn hold(request: &'a Hold) -> Self {
        let kind = Kind::Hold {
            amount: request.amount,
            last_four: request.card.last_four(),
        };
        Self {
            key: &request.key,
            kind,
        }
    }

    pub(crate) fn settle(request: &'a Settle) -> Self {
        Self {
            key: &request.key,
            kind: Kind::Settle {
                hold_id: &request.hold_id,
            },
        }
    }

    pub(crate) fn let_go(request: &'a LetGo) -> Self {
        Self {
            key: &request.key,
            kind: Kind::LetGo {
                hold_id: &request.hold_id,
            },
        }
    }

    pub(crate) fn pay_back(request: &'a PayBack) -> Self {
        let kind = Kind::PayBack {
            hold_id: &request.hold_id,
            amount: request.amount,
        };
        Self {
            key: &request.key,
            kind,
        }
    }

    /// The hold that it changes; a new hold is named after its key.
    pub(crate) fn hold_id(&self) -> String {
        match self.kind {
            Kind::Hold { .. } => format!("h-{}", self.key),
            Kind::Settle { hold_id } | Kind::LetGo { hold_id } | Kind::PayBack { hold_id, .. } => {
                hold_id.to_owned()
            }
        }
    }

    /// Distinguishes this operation from another with the same key. It holds only four digits of
    /// the card.
    pub(crate) fn fingerprint(&self) -> String {
        match self.kind {
            Kind::Hold { amount, last_four } => format!("hold {} {last_four}", amount.0),
            Kind::Settle { hold_id } => format!("settle {hold_id}"),
            Kind::LetGo { hold_id } => format!("let go {hold_id}"),
            Kind::PayBack { hold_id, amount } => format!("pay back {hold_id} {}", amount.0),
        }
    }

    /// The answer, and the changed hold if there is one.
    pub(crate) fn apply(&self, hold: Option<HoldRow>) -> (Outcome, Option<HoldRow>) {
        match self.change(hold) {
            Ok(hold) => (Ok(hold.hold_id.clone()), Some(hold)),
            Err(refusal) => (Err(refusal), None),
        }
    }

    fn change(&self, hold: Option<HoldRow>) -> Result<HoldRow, ProviderError> {
        if let Kind::Hold { amount, last_four } = self.kind {
            return self.new_hold(amount, last_four);
        }
        let mut hold = hold.ok_or(ProviderError::UnknownHold)?;
        match (&self.kind, hold.status) {
            (Kind::Settle { .. }, HoldStatus::Held) => hold.status = HoldStatus::Settled,
            (Kind::LetGo { .. }, HoldStatus::Held) => hold.status = HoldStatus::LetGo,
            (Kind::PayBack { amount, .. }, HoldStatus::Settled) => {
                if *amount <= Cents(0) || *amount > hold.amount - hold.paid_back {
                    return Err(ProviderError::InvalidAmount);
                }
                hold.paid_back = hold.paid_back + *amount;
            }
            (_, status) => {
                return Err(ProviderError::WrongStatus {
                    status: status.name().to_owned(),
                });
            }
        }
        Ok(hold)
    }

    fn new_hold(&self, amount: Cents, last_four: &str) -> Result<HoldRow, ProviderError> {
        if amount <= Cents(0) {
            return Err(ProviderError::InvalidAmount);
        }
        if let Some(reason) = decline::reason(last_four) {
            return Err(ProviderError::Declined {
                reason: reason.to_owned(),
            });
        }
        let hold_id = self.hold_id();
        Ok(HoldRow {
            hold_id,
            amount,
            paid_back: Cents(0),
            status: HoldStatus::Held,
        })
    }
}
