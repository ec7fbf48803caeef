//! What identity promises, under every wiring.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use shop_contracts::CustomerId;
use shop_contracts::identity::{
    CustomerRegistered, GetCustomer, Grant, IdentityError, IssueToken, Jwks, Register,
};
use shop_identity::Identity;
use shop_platform::{Call, CallError, sql};
use shop_testing::{Bench, Mount, Setup, Wiring};
use std::time::Duration;

fn register(email: &str) -> Register {
    Register {
        email: email.to_owned(),
        name: "Grace Hopper".to_owned(),
        password: "correct horse".to_owned(),
    }
}

fn login(username: &str, password: &str) -> IssueToken {
    let (username, password) = (username.to_owned(), password.to_owned());
    IssueToken {
        grant: Grant::Password { username, password },
        scope: None,
    }
}

fn service(secret: &str, scope: Option<&str>) -> IssueToken {
    IssueToken {
        grant: Grant::ClientCredentials {
            client_id: "loadtest".to_owned(),
            client_secret: secret.to_owned(),
        },
        scope: scope.map(str::to_owned),
    }
}

/// The claims of a token, verified with the published key.
#[expect(clippy::unwrap_used, reason = "a helper of tests is a test")]
async fn claims(shop: &Mount, token: &str) -> Value {
    let key = shop.call(Jwks {}).await.unwrap().keys.remove(0);
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.kid, Some(key.kid));
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_issuer(&["https://shop.example/identity"]);
    rules.set_required_spec_claims(&["exp", "iss", "sub"]);
    let key = DecodingKey::from_ed_components(&key.x).unwrap();
    jsonwebtoken::decode::<Value>(token, &key, &rules)
        .unwrap()
        .claims
}

#[tokio::test]
async fn a_seeded_customer_logs_in_with_the_password_that_all_of_them_have() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Identity>().await;
        let token = shop
            .call(login("C00001@shop.example", "shakedown"))
            .await
            .unwrap();
        let claims = claims(&shop, &token.access_token).await;
        assert_eq!(claims["sub"], "customer:c00001", "{setup:?}");
        assert_eq!(claims["scope"], "customer");
        let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        assert_eq!((lifetime, token.expires_in), (3600, 3600));
    }
}

#[tokio::test]
async fn a_new_customer_is_published_once_and_can_log_in() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Identity>().await;
        let call = Call::within(Duration::from_secs(10)).keyed("k1");
        let customer = shop
            .call_as(&call, register(" New@shop.example "))
            .await
            .unwrap();
        let again = shop
            .call_as(&call, register(" New@shop.example "))
            .await
            .unwrap();
        assert_eq!(again, customer, "{setup:?}");
        assert_eq!(customer.email, "new@shop.example");
        let published = shop.published::<CustomerRegistered>().await;
        assert_eq!(published.len(), 1);
        let token = shop
            .call(login("new@shop.example", "correct horse"))
            .await
            .unwrap();
        let claims = claims(&shop, &token.access_token).await;
        assert_eq!(claims["sub"], format!("customer:{}", customer.customer_id));
        let customer_id = customer.customer_id.clone();
        let known = shop.call(GetCustomer { customer_id }).await.unwrap();
        assert_eq!(known, customer);
    }
}

#[tokio::test]
async fn an_email_address_belongs_to_one_customer() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Identity>().await;
        let taken = shop
            .call(register("C00001@shop.example"))
            .await
            .unwrap_err();
        assert_eq!(
            taken,
            CallError::Domain(IdentityError::EmailTaken),
            "{setup:?}"
        );
        assert!(shop.published::<CustomerRegistered>().await.is_empty());
    }
}

#[tokio::test]
async fn an_account_needs_an_email_address_a_name_and_eight_characters_of_password() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Identity>().await;
        let good = register("new@shop.example");
        let wrong = [
            register("nobody"),
            Register {
                name: " ".to_owned(),
                ..good.clone()
            },
            Register {
                password: "seven77".to_owned(),
                ..good
            },
        ];
        for account in wrong {
            let refusal = shop.call(account).await.unwrap_err();
            let invalid = matches!(refusal, CallError::Domain(IdentityError::Invalid { .. }));
            assert!(invalid, "{refusal}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_refused_alike() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Identity>().await;
        let attempts = [
            login("c00001@shop.example", "shakeup!!"),
            login("nobody@shop.example", "nobody"),
            service("guess", None),
        ];
        for attempt in attempts {
            let refusal = shop.call(attempt).await.unwrap_err();
            let expected = CallError::Domain(IdentityError::BadCredentials);
            assert_eq!(refusal, expected, "{setup:?}");
        }
    }
}

#[tokio::test]
async fn a_client_gets_the_scopes_it_has_or_asks_for_and_no_other() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Identity>().await;
        let all = shop.call(service("loadtest-secret", None)).await.unwrap();
        let scopes: Vec<_> = all.scope.split(' ').collect();
        assert!(scopes.contains(&"payments:write"), "{setup:?}");
        let claims_of_all = claims(&shop, &all.access_token).await;
        assert_eq!(claims_of_all["sub"], "client:loadtest");
        let one = service("loadtest-secret", Some("customers:read"));
        assert_eq!(shop.call(one).await.unwrap().scope, "customers:read");
        let other = service("loadtest-secret", Some("customers:read admin"));
        let scope = "admin".to_owned();
        assert_eq!(
            shop.call(other).await.unwrap_err(),
            CallError::Domain(IdentityError::ScopeNotGranted { scope })
        );
    }
}

#[tokio::test]
async fn an_unknown_customer_is_not_found() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Identity>().await;
        let customer_id = CustomerId::from("c99999");
        let refusal = shop.call(GetCustomer { customer_id }).await.unwrap_err();
        assert_eq!(refusal, CallError::Domain(IdentityError::UnknownCustomer));
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_customers_and_the_same_key() {
    for setup in Setup::each(Wiring::InProcess) {
        let mut worlds = Vec::new();
        for _ in 0..2 {
            let shop = Bench::new(setup).mount::<Identity>().await;
            let call = Call::within(Duration::from_secs(5));
            let rows =
                sql("SELECT email, name, password_hash FROM identity_customers ORDER BY email");
            let customers: Vec<(String, String, String)> = shop
                .parts()
                .store
                .all(&call, rows, |row| {
                    let hash = row.get("password_hash")?;
                    Ok((row.get("email")?, row.get("name")?, hash))
                })
                .await
                .unwrap();
            assert_eq!(customers.len(), 20);
            worlds.push((customers, shop.call(Jwks {}).await.unwrap()));
        }
        assert_eq!(worlds[0], worlds[1]);
    }
}

#[test]
fn secrets_are_not_printed() {
    let printed = format!(
        "{:?} {:?} {:?}",
        register("a@b.c"),
        login("a@b.c", "correct horse"),
        service("correct horse", None)
    );
    assert!(!printed.contains("horse"));
}
