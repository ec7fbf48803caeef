//! The OTLP receiver: gRPC and HTTP endpoints that lead to one intake.

mod convert;
mod endpoints;
mod intake;
mod receiver;

pub use receiver::OtlpReceiver;
