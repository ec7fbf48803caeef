//! Hashes passwords, on blocking threads and at most one for each core at a time. It must not know
//! customers.

use crate::settings::PasswordCost;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use shop_contracts::ErrorCode;
use shop_platform::{Call, MountError, RemoteError};
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// The hasher of passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    argon: Argon2<'static>,
    /// A permit for each core: a burst of log ins queues here instead of overloading the cores.
    cores: Arc<Semaphore>,
    /// A hash that no password matches, for log ins of unknown customers.
    decoy: Arc<str>,
}

impl Passwords {
    pub(crate) fn new(cost: &PasswordCost) -> Result<Self, MountError> {
        let params =
            Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(|error| {
                MountError::Other {
                    what: "the hashing of passwords",
                    reason: error.to_string(),
                }
            })?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon, "decoy", Some(b"0123456789abcdef"))?.into();
        let cores = available_parallelism().map_or(1, usize::from);
        Ok(Self {
            argon,
            cores: Arc::new(Semaphore::new(cores)),
            decoy,
        })
    }

    /// Hashes at once, on this thread: for seeding and mounting only.
    pub(crate) fn hash_now(
        &self,
        password: &str,
        salt: Option<&[u8]>,
    ) -> Result<String, MountError> {
        hash(&self.argon, password, salt)
    }

    /// Hashes a password with a fresh salt; the result is a PHC string, which names its own cost.
    pub(crate) async fn hash(&self, call: &Call, password: String) -> Result<String, RemoteError> {
        let argon = self.argon.clone();
        let hashed = self
            .on_a_core(call, move || hash(&argon, &password, None))
            .await?;
        hashed.map_err(|error| RemoteError::own(ErrorCode::Internal, error.to_string()))
    }

    /// Whether the password matches the hash. Without a hash the answer is no and takes just as
    /// long, so that the time does not reveal who has an account.
    pub(crate) async fn verify(
        &self,
        call: &Call,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, RemoteError> {
        let (argon, decoy) = (self.argon.clone(), Arc::clone(&self.decoy));
        self.on_a_core(call, move || {
            let against = hash.as_deref().unwrap_or(&decoy);
            let fits = argon.verify_password(password.as_bytes(), against).is_ok();
            fits && hash.is_some()
        })
        .await
    }

    /// Runs the work on a blocking thread as soon as a core is free. The work holds the permit,
    /// because it occupies its core even if the caller has given up.
    async fn on_a_core<T: Send + 'static>(
        &self,
        call: &Call,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, RemoteError> {
        let late =
            |_| RemoteError::own(ErrorCode::Deadline, "no core was free for hashing in time");
        let internal = |what: String| RemoteError::own(ErrorCode::Internal, what);
        let permit = timeout(call.remaining(), Arc::clone(&self.cores).acquire_owned())
            .await
            .map_err(late)?
            .map_err(|closed| internal(closed.to_string()))?;
        let working = spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        working.await.map_err(|panic| internal(panic.to_string()))
    }
}

fn hash(
    argon: &Argon2<'static>,
    password: &str,
    salt: Option<&[u8]>,
) -> Result<String, MountError> {
    let hashed = match salt {
        Some(salt) => argon.hash_password_with_salt(password.as_bytes(), salt),
        None => argon.hash_password(password.as_bytes()),
    };
    let failed = |error: argon2::password_hash::Error| MountError::Other {
        what: "the hash of a password",
        reason: error.to_string(),
    };
    Ok(hashed.map_err(failed)?.to_string())
}
