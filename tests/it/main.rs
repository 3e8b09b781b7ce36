//! One binary for all integration tests: one link, one harness.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agreement;
mod app;
mod architecture;
mod canary;
mod cases;
mod chaos;
mod checkout;
mod command_line;
mod conformance;
mod container;
mod corpus;
mod everywhere;
mod faults;
mod git;
mod helper;
mod issue;
mod janitor;
mod kinds;
mod language;
mod left_behind;
mod network;
mod permissions;
mod plain;
mod policy_source;
mod proxy;
mod reach;
mod recipes;
mod reference;
mod refusals;
mod revoke;
mod rsa;
mod runner;
mod schema;
mod several;
mod starters;
mod trouble;
