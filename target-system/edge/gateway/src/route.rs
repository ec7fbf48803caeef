//! A route of the gateway: its path, who may use it, and its description.

use crate::edge::Edge;
use crate::guard::Access;
use crate::schemas::Schemas;
use crate::signature::Signature;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::Value;
use std::sync::Arc;

/// A method on a path.
pub(crate) struct Route {
    pub verb: Verb,
    pub path: &'static str,
    pub summary: &'static str,
    pub access: Access,
    /// Names in the query string; those that end in `?` are optional.
    pub query: &'static [&'static str],
    /// Describes the body, if there is one.
    pub takes: fn(&mut Schemas) -> Option<Value>,
    /// Describes the answer.
    pub gives: fn(&mut Schemas) -> Value,
    /// Whether success is 201 instead of 200.
    pub creates: bool,
    pub handler: MethodRouter<Arc<Edge>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    /// The method as axum's filter.
    pub(crate) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    /// The key in an OpenAPI document.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }
}

impl Route {
    pub(crate) fn get<H, T, A>(path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Edge>> + Signature<A>,
        T: 'static,
    {
        Self::new(Verb::Get, path, summary, handler)
    }

    pub(crate) fn post<H, T, A>(path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Edge>> + Signature<A>,
        T: 'static,
    {
        Self::new(Verb::Post, path, summary, handler)
    }

    pub(crate) fn delete<H, T, A>(path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Edge>> + Signature<A>,
        T: 'static,
    {
        Self::new(Verb::Delete, path, summary, handler)
    }

    fn new<H, T, A>(verb: Verb, path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Edge>> + Signature<A>,
        T: 'static,
    {
        Self {
            verb,
            path,
            summary,
            access: Access::Anyone,
            query: &[],
            takes: H::takes,
            gives: H::gives,
            creates: false,
            handler: on(verb.filter(), handler),
        }
    }

    pub(crate) fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    pub(crate) fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    pub(crate) fn creates(self) -> Self {
        let creates = true;
        Self { creates, ..self }
    }
}
