//! harness-deploy.
