//! A route of the gateway: its path, who may use it, and its description.

use crate::edge::Edge;
use crate::guard::Access;
use axum::routing::{MethodFilter, MethodRouter};
use std::sync::Arc;

/// Builds the axum handler of a route for a method.
pub(crate) type Handler = fn(MethodFilter) -> MethodRouter<Arc<Edge>>;

/// A method on a path.
pub(crate) struct Route {
    pub verb: Verb,
    pub path: &'static str,
    pub summary: &'static str,
    pub access: Access,
    /// Names in the query string; those that end in `?` are optional.
    pub query: &'static [&'static str],
    /// The schema of the body, if there is one.
    pub takes: Option<&'static str>,
    /// The schema of the answer; `X[]` is a list of them.
    pub gives: &'static str,
    /// Whether success is 201 instead of 200.
    pub creates: bool,
    pub handler: Handler,
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
    pub(crate) fn new(
        verb: Verb,
        path: &'static str,
        summary: &'static str,
        handler: Handler,
    ) -> Self {
        Self {
            verb,
            path,
            summary,
            access: Access::Anyone,
            query: &[],
            takes: None,
            gives: "Anything",
            creates: false,
            handler,
        }
    }

    pub(crate) fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    pub(crate) fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    pub(crate) fn takes(self, schema: &'static str) -> Self {
        let takes = Some(schema);
        Self { takes, ..self }
    }

    pub(crate) fn gives(self, gives: &'static str) -> Self {
        Self { gives, ..self }
    }

    pub(crate) fn creates(self, gives: &'static str) -> Self {
        let creates = true;
        Self {
            gives,
            creates,
            ..self
        }
    }
}
