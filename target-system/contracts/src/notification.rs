//! notification: the shop's messages to a customer.

use crate::{Context, CustomerId, Effect, NoError, Rpc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks for a customer's latest messages, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListInbox {
    pub customer_id: CustomerId,
}

impl Rpc for ListInbox {
    type Reply = Vec<Notice>;
    type Error = NoError;
    const CONTEXT: Context = Context::Notification;
    const NAME: &'static str = "ListInbox";
    const EFFECT: Effect = Effect::Read;
}

/// One message to a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    pub notice_id: String,
    /// The fact that caused it, as in `order_placed`.
    pub kind: String,
    pub text: String,
    pub created_ms: i64,
}
