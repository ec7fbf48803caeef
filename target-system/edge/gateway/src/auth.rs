//! Authentication: bearer tokens, verified with keys that identity publishes.
//!
//! Identity is called for its keys and never to check a token. The keys are cached, so customers
//! stay logged in while identity is down.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use shop_contracts::identity::Jwks;
use shop_contracts::{CustomerId, ErrorCode};
use shop_platform::{Call, Caller, Principal, Problem, RemoteError, Subject};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// Least time between two fetches, so that tokens with invented key ids cannot flood identity.
const REFETCH: Duration = Duration::from_secs(1);
/// Tolerated difference between the clocks of two machines.
const LEEWAY_S: u64 = 5;

type Keys = HashMap<String, Arc<DecodingKey>>;

/// The cached keys of identity.
pub(crate) struct KeyRing {
    caller: Caller,
    rules: Validation,
    known: RwLock<Keys>,
    /// The end of the last fetch, and whether it succeeded.
    fetched: Mutex<Option<(Instant, bool)>>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    scope: String,
}

impl KeyRing {
    pub(crate) fn new(caller: Caller, issuer: &str) -> Self {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[issuer]);
        rules.set_required_spec_claims(&["exp", "iss", "sub"]);
        rules.leeway = LEEWAY_S;
        Self {
            caller,
            rules,
            known: RwLock::default(),
            fetched: Mutex::default(),
        }
    }

    /// The subject of a token.
    ///
    /// # Errors
    /// `unauthenticated` for an invalid token; `unavailable` when the keys cannot be fetched.
    pub(crate) async fn principal(&self, call: &Call, token: &str) -> Result<Principal, Problem> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| bad_token())?;
        let kid = header.kid.ok_or_else(bad_token)?;
        let key = self.key(call, &kid).await?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &self.rules)
            .map_err(|_| bad_token())?
            .claims;
        let subject = match claims.sub.split_once(':') {
            Some(("customer", id)) => Subject::Customer(CustomerId::from(id)),
            Some(("client", id)) => Subject::Client(id.to_owned()),
            _ => return Err(bad_token()),
        };
        let scopes = claims.scope.split_whitespace().map(str::to_owned).collect();
        Ok(Principal { subject, scopes })
    }

    async fn key(&self, call: &Call, kid: &str) -> Result<Arc<DecodingKey>, Problem> {
        if let Some(key) = self.find(kid) {
            return Ok(key);
        }
        // All waiting requests share one fetch.
        let late = |_| {
            RemoteError::own(
                ErrorCode::Deadline,
                "the keys of identity did not arrive in time",
            )
        };
        let mut fetched = timeout(call.remaining(), self.fetched.lock())
            .await
            .map_err(late)?;
        if let Some(key) = self.find(kid) {
            return Ok(key);
        }
        match *fetched {
            Some((at, true)) if at.elapsed() < REFETCH => return Err(bad_token()),
            Some((at, false)) if at.elapsed() < REFETCH => return Err(no_keys()),
            _ => {}
        }
        let answer = self.caller.call(call, Jwks {}).await;
        *fetched = Some((Instant::now(), answer.is_ok()));
        let published = answer.map_err(|_| no_keys())?;
        let keys = published.keys.into_iter().filter_map(|key| {
            let decoding = DecodingKey::from_ed_components(&key.x).ok()?;
            Some((key.kid, Arc::new(decoding)))
        });
        // A key that is no longer published is no longer trusted.
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys.collect();
        self.find(kid).ok_or_else(bad_token)
    }

    fn find(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(kid).cloned()
    }
}

/// The answer does not reveal why a token is invalid.
pub(crate) fn bad_token() -> Problem {
    RemoteError::own(ErrorCode::Unauthenticated, "the access token is not valid").into()
}

/// Whatever the reason, no token can be verified now; the client may retry later.
fn no_keys() -> Problem {
    let what = "the keys of identity are not available";
    RemoteError::own(ErrorCode::Unavailable, what).into()
}
