//! What must not depend on how a request travels, beyond what each context promises.

mod toy;

use shop_calls::CallError;
use shop_contracts::CartId;
use shop_contracts::cart::{CartError, Get};
use shop_testing::{Bench, Setup};
use toy::ListeningToy;

/// The largest body that the edge lets in.
const EDGE_BYTES: usize = 2 << 20;

#[tokio::test]
async fn whatever_the_edge_lets_in_arrives_also_when_it_has_grown_a_little() {
    for setup in Setup::all() {
        let unknown = |ask: Get| {
            assert_eq!(ask.cart_id.as_ref().len(), EDGE_BYTES);
            Err(CartError::UnknownCart)
        };
        let bench = Bench::new(setup)
            .fake(unknown)
            .mount::<ListeningToy>()
            .await;
        let cart_id = CartId("x".repeat(EDGE_BYTES));
        let refused = bench.call(Get { cart_id }).await;
        let expected = Err(CallError::Domain(CartError::UnknownCart));
        assert_eq!(refused, expected, "{setup:?}");
    }
}
