//! How a request gets to the context that answers it. The shape chooses; callers never see it.

mod http;
mod in_process;
mod serialised;

pub use http::{Http, client};
pub use in_process::InProcess;
pub use serialised::Serialised;
