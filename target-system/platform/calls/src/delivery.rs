//! A fact as a message: how publishers and brokers hand it to a listener.

use crate::Body;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::any::Any;

/// The method under which every listener takes deliveries.
pub const DELIVER: &str = "Deliver";

/// A fact on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// Identifies this occurrence of the fact for ever.
    pub id: String,
    /// The name of the fact.
    pub fact: String,
    /// The fact as JSON.
    pub body: String,
}

impl Body for Delivery {
    fn owned(&self) -> Box<dyn Any + Send> {
        Box::new(self.clone())
    }

    fn json(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }
}
