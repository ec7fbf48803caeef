//! What the provider promises, under every wiring.

use shop_contracts::provider::{Hold, PayBack, ProviderError, Settle};
use shop_contracts::{CardNumber, Cents};
use shop_platform::{Audit, CallError, Module};
use shop_provider::Provider;
use shop_testing::{Bench, Mount, Setup};

const FAST: &str = r#"{"provider": {"median": "1ms"}}"#;

async fn provider(setup: Setup) -> Mount {
    Bench::new(setup).settings(FAST).mount::<Provider>().await
}

fn hold(key: &str, amount: i64, card: &str) -> Hold {
    Hold {
        key: key.to_owned(),
        amount: Cents(amount),
        card: CardNumber::new(card),
    }
}

#[tokio::test]
async fn the_same_key_holds_once_and_another_request_under_it_is_refused() {
    for setup in Setup::all() {
        let provider = provider(setup).await;
        let first = provider
            .call(hold("k", 500, "4242424242424242"))
            .await
            .unwrap();
        let again = provider
            .call(hold("k", 500, "4242424242424242"))
            .await
            .unwrap();
        assert_eq!(first, again, "{setup:?}");
        let other = provider.call(hold("k", 501, "4242424242424242")).await;
        assert_eq!(
            other.unwrap_err(),
            CallError::Domain(ProviderError::KeyReused)
        );
    }
}

#[tokio::test]
async fn a_card_is_declined_by_its_last_digits_every_time() {
    for setup in Setup::all() {
        let provider = provider(setup).await;
        for _ in 0..2 {
            let declined = provider.call(hold("k", 500, "4000000000009995")).await;
            let reason = "insufficient funds".to_owned();
            let expected = CallError::Domain(ProviderError::Declined { reason });
            assert_eq!(declined.unwrap_err(), expected, "{setup:?}");
        }
    }
}

#[tokio::test]
async fn no_more_is_paid_back_than_was_settled() {
    for setup in Setup::all() {
        let provider = provider(setup).await;
        let held = provider
            .call(hold("k", 500, "4242424242424242"))
            .await
            .unwrap();
        let settle = Settle {
            key: "s".to_owned(),
            hold_id: held.hold_id.clone(),
        };
        provider.call(settle).await.unwrap();
        let pay_back = |key: &str, amount| PayBack {
            key: key.to_owned(),
            hold_id: held.hold_id.clone(),
            amount: Cents(amount),
        };
        provider.call(pay_back("a", 300)).await.unwrap();
        let too_much = provider.call(pay_back("b", 201)).await;
        assert_eq!(
            too_much.unwrap_err(),
            CallError::Domain(ProviderError::InvalidAmount)
        );
        provider.call(pay_back("c", 200)).await.unwrap();
    }
}

#[tokio::test]
async fn the_audit_counts_what_was_settled_and_not_paid_back() {
    for setup in Setup::all() {
        let provider = provider(setup).await;
        let mut audit = Audit::default();
        audit.add(&Module::of::<Provider>(), provider.parts());
        for (key, amount) in [("a", 500), ("b", 70)] {
            let held = provider.call(hold(key, amount, "4242424242424242")).await;
            let hold_id = held.unwrap().hold_id;
            let key = format!("{key}/settle");
            let settle = Settle { key, hold_id };
            provider.call(settle).await.unwrap();
        }
        provider
            .call(hold("c", 9, "4242424242424242"))
            .await
            .unwrap();
        let pay_back = PayBack {
            key: "a/refund".to_owned(),
            hold_id: "h-a".to_owned(),
            amount: Cents(120),
        };
        provider.call(pay_back).await.unwrap();
        let counts = audit.take().await.unwrap();
        assert_eq!(counts["provider.captured"], 450, "{setup:?}");
    }
}
