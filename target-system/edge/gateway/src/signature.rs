//! What a handler takes and gives, read from its signature, so that the document cannot drift apart
//! from it. It must know no route.

use crate::edge::Edge;
use crate::input::{Body, CurrentCustomer, PathParams, QueryParams};
use crate::schemas::Schemas;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde_json::Value;
use shop_platform::{Call, Problem};
use std::sync::Arc;

/// A handler with these arguments.
pub(crate) trait Signature<Arguments> {
    /// The schema of the body that it reads, if it reads one.
    fn takes(schemas: &mut Schemas) -> Option<Value>;

    /// The schema of the body that it answers with.
    fn gives(schemas: &mut Schemas) -> Value;
}

/// An argument of a handler.
pub(crate) trait Argument {
    /// The schema of the body, if this argument is the body.
    fn body(_: &mut Schemas) -> Option<Value> {
        None
    }
}

impl Argument for State<Arc<Edge>> {}
impl Argument for Call {}
impl Argument for CurrentCustomer {}
impl<T> Argument for PathParams<T> {}
impl<T> Argument for QueryParams<T> {}

impl<T: JsonSchema> Argument for Body<T> {
    fn body(schemas: &mut Schemas) -> Option<Value> {
        Some(schemas.taken::<T>())
    }
}

/// What a handler answers with when it succeeds.
pub(crate) trait Answer {
    fn body(schemas: &mut Schemas) -> Value;
}

impl<T: JsonSchema> Answer for Json<T> {
    fn body(schemas: &mut Schemas) -> Value {
        schemas.given::<T>()
    }
}

/// With headers.
impl<Headers, T: JsonSchema> Answer for (Headers, Json<T>) {
    fn body(schemas: &mut Schemas) -> Value {
        schemas.given::<T>()
    }
}

macro_rules! signature {
    ($($argument:ident)*) => {
        impl<F, Answered, A, $($argument),*> Signature<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Answered,
            Answered: Future<Output = Result<A, Problem>>,
            A: Answer,
            $($argument: Argument,)*
        {
            fn takes(schemas: &mut Schemas) -> Option<Value> {
                [$($argument::body(schemas)),*].into_iter().flatten().next()
            }

            fn gives(schemas: &mut Schemas) -> Value {
                A::body(schemas)
            }
        }
    };
}

signature!(A1);
signature!(A1 A2);
signature!(A1 A2 A3);
signature!(A1 A2 A3 A4);
