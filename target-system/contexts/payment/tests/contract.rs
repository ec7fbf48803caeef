//! What payment promises, under every wiring, with a provider that is a function.

use shop_contracts::payment::{
    Abandon, Authorise, Capture, Get, PaymentCaptured, PaymentError, PaymentStatus, Refund, Void,
};
use shop_contracts::provider::{Held, Hold, LetGo, PayBack, ProviderError, Settle};
use shop_contracts::{Card, CardNumber, Cents};
use shop_payment::Payment;
use shop_platform::{Audit, Call, CallError, Module, sql};
use shop_testing::{Bench, Mount, Setup};
use std::time::Duration;

fn provider(setup: Setup) -> Bench {
    Bench::new(setup)
        .fake(|hold: Hold| match hold.card.last_four() {
            "0002" => Err(ProviderError::Declined {
                reason: "do not honour".to_owned(),
            }),
            _ => Ok(Held {
                hold_id: format!("h-{}", hold.key),
            }),
        })
        .fake(|_: Settle| Ok(()))
        .fake(|_: LetGo| Ok(()))
        .fake(|_: PayBack| Ok(()))
}

fn authorise(reference: &str, amount: i64, card: &str) -> Authorise {
    let card = Card {
        number: CardNumber::new(card),
        holder: "A".to_owned(),
        expiry: "12/30".to_owned(),
    };
    Authorise {
        reference: reference.to_owned(),
        amount: Cents(amount),
        card,
    }
}

fn pay(amount: i64) -> Authorise {
    authorise("order-1", amount, "4242424242424242")
}

/// All entries of the ledger.
#[expect(clippy::unwrap_used, reason = "a helper of tests is a test")]
async fn ledger(shop: &Mount) -> Vec<Cents> {
    let call = Call::within(Duration::from_secs(5));
    let entries = sql("SELECT amount FROM payment_ledger");
    shop.parts()
        .store
        .all(&call, entries, |row| row.get("amount"))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_same_reference_is_authorised_once_and_never_for_another_amount() {
    for setup in Setup::all() {
        let shop = provider(setup).mount::<Payment>().await;
        let first = shop.call(pay(500)).await.unwrap();
        assert_eq!(first.status, PaymentStatus::Authorised, "{setup:?}");
        assert_eq!(shop.call(pay(500)).await.unwrap(), first);
        let other = shop.call(pay(501)).await.unwrap_err();
        assert_eq!(other, CallError::Domain(PaymentError::ReferenceReused));
    }
}

#[tokio::test]
async fn a_declined_card_stays_declined_and_moves_no_money() {
    for setup in Setup::all() {
        let shop = provider(setup).mount::<Payment>().await;
        for _ in 0..2 {
            let refusal = shop
                .call(authorise("o", 500, "4000000000000002"))
                .await
                .unwrap_err();
            let reason = "do not honour".to_owned();
            assert_eq!(
                refusal,
                CallError::Domain(PaymentError::Declined { reason })
            );
        }
        assert!(ledger(&shop).await.is_empty());
    }
}

#[tokio::test]
async fn a_capture_posts_once_and_is_published_once() {
    for setup in Setup::all() {
        let shop = provider(setup).mount::<Payment>().await;
        let payment_id = shop.call(pay(500)).await.unwrap().payment_id;
        for _ in 0..2 {
            let payment = shop
                .call(Capture {
                    payment_id: payment_id.clone(),
                })
                .await
                .unwrap();
            assert_eq!(payment.status, PaymentStatus::Captured, "{setup:?}");
        }
        let entries = ledger(&shop).await;
        assert_eq!(entries.len(), 2);
        assert_eq!(entries.into_iter().sum::<Cents>(), Cents(0));
        assert_eq!(shop.published::<PaymentCaptured>().await.len(), 1);
    }
}

#[tokio::test]
async fn refunds_give_back_at_most_what_was_captured_and_each_only_once() {
    for setup in Setup::all() {
        let shop = provider(setup).mount::<Payment>().await;
        let payment_id = shop.call(pay(500)).await.unwrap().payment_id;
        shop.call(Capture {
            payment_id: payment_id.clone(),
        })
        .await
        .unwrap();
        let refund = |reference: &str, amount| Refund {
            payment_id: payment_id.clone(),
            reference: reference.to_owned(),
            amount,
        };
        let after_part = shop.call(refund("a", Some(Cents(200)))).await.unwrap();
        assert_eq!(
            (after_part.status, after_part.refunded),
            (PaymentStatus::Captured, Cents(200))
        );
        assert_eq!(
            shop.call(refund("a", Some(Cents(200)))).await.unwrap(),
            after_part
        );
        let too_much = shop.call(refund("b", Some(Cents(301)))).await.unwrap_err();
        assert_eq!(too_much, CallError::Domain(PaymentError::InvalidAmount));
        let rest = shop.call(refund("c", None)).await.unwrap();
        assert_eq!(
            (rest.status, rest.refunded),
            (PaymentStatus::Refunded, Cents(500))
        );
        let entries = ledger(&shop).await;
        assert_eq!(entries.len(), 6, "{setup:?}");
        assert_eq!(entries.into_iter().sum::<Cents>(), Cents(0));
    }
}

#[tokio::test]
async fn what_is_voided_cannot_be_captured() {
    for setup in Setup::all() {
        let shop = provider(setup).mount::<Payment>().await;
        let payment_id = shop.call(pay(500)).await.unwrap().payment_id;
        let voided = shop
            .call(Void {
                payment_id: payment_id.clone(),
            })
            .await
            .unwrap();
        assert_eq!(voided.status, PaymentStatus::Voided, "{setup:?}");
        let refusal = shop.call(Capture { payment_id }).await.unwrap_err();
        let status = PaymentStatus::Voided;
        assert_eq!(
            refusal,
            CallError::Domain(PaymentError::WrongStatus { status })
        );
    }
}

#[tokio::test]
async fn a_late_authorisation_of_an_abandoned_reference_is_refused() {
    for setup in Setup::all() {
        let shop = provider(setup).mount::<Payment>().await;
        shop.call(Abandon {
            reference: "order-1".to_owned(),
        })
        .await
        .unwrap();
        let refusal = shop.call(pay(500)).await.unwrap_err();
        let status = PaymentStatus::Voided;
        assert_eq!(
            refusal,
            CallError::Domain(PaymentError::WrongStatus { status }),
            "{setup:?}"
        );
    }
}

#[tokio::test]
async fn a_payment_shows_four_digits_of_the_card_and_keeps_no_more() {
    for setup in Setup::all() {
        let shop = provider(setup).mount::<Payment>().await;
        let payment_id = shop.call(pay(500)).await.unwrap().payment_id;
        let payment = shop.call(Get { payment_id }).await.unwrap();
        assert_eq!(payment.card_last_four, "4242", "{setup:?}");
        let kept = shop.everything_kept().await;
        assert!(kept.contains(&payment.payment_id.0) && kept.contains("4242"));
        assert!(!kept.contains("4242424242424242"));
    }
}

#[tokio::test]
async fn the_audit_counts_what_was_captured_and_not_refunded() {
    for setup in Setup::all() {
        let shop = provider(setup).mount::<Payment>().await;
        let mut audit = Audit::default();
        audit.add(&Module::of::<Payment>(), shop.parts());
        let captured = async || audit.take().await.unwrap()["payment.captured"];
        assert_eq!(captured().await, 0, "{setup:?}");
        let payment_id = shop.call(pay(500)).await.unwrap().payment_id;
        assert_eq!(captured().await, 0);
        let capture = Capture {
            payment_id: payment_id.clone(),
        };
        shop.call(capture).await.unwrap();
        assert_eq!(captured().await, 500);
        let refund = Refund {
            payment_id,
            reference: "a".to_owned(),
            amount: Some(Cents(120)),
        };
        shop.call(refund).await.unwrap();
        assert_eq!(captured().await, 380);
        assert_eq!(audit.take().await.unwrap()["payment.outbox"], 1);
    }
}

/// The process died between the provider's answer and its record of it.
#[tokio::test]
async fn a_capture_that_was_not_recorded_is_recorded_when_it_is_abandoned_and_can_be_refunded() {
    for setup in Setup::all() {
        let settled = |_: LetGo| {
            Err(ProviderError::WrongStatus {
                status: "settled".to_owned(),
            })
        };
        let shop = provider(setup).fake(settled).mount::<Payment>().await;
        let payment_id = shop.call(pay(500)).await.unwrap().payment_id;
        let status = PaymentStatus::Captured;
        for _ in 0..2 {
            let reference = "order-1".to_owned();
            let refusal = shop.call(Abandon { reference }).await.unwrap_err();
            let expected = CallError::Domain(PaymentError::WrongStatus { status });
            assert_eq!(refusal, expected, "{setup:?}");
        }
        assert_eq!(ledger(&shop).await.len(), 2);
        let refund = Refund {
            payment_id,
            reference: "order-cancelled".to_owned(),
            amount: None,
        };
        let refunded = shop.call(refund).await.unwrap();
        assert_eq!(refunded.status, PaymentStatus::Refunded);
    }
}
