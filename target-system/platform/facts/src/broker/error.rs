//! How the bus fails.

use shop_calls::RemoteError;

/// Why a fact was not handed over, or none could be fetched.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("{0}")]
    Listener(#[from] RemoteError),
    #[error("talk to the broker: {0}")]
    Broker(#[from] lapin::Error),
    #[error("hear from the broker in time")]
    Deadline,
    #[error("reach the broker: it was gone a moment ago")]
    Gone,
    #[error("publish: the broker did not keep the message")]
    NotKept,
    #[error("understand the address of the broker: {0}")]
    Address(String),
}
