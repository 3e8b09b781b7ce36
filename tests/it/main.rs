//! One binary for all integration tests: one link, one harness.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agreement;
mod architecture;
mod canary;
mod cases;
mod container;
mod corpus;
mod git;
mod helper;
mod issue;
mod revoke;
mod runner;
mod trouble;
