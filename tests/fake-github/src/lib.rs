//! A GitHub on loopback, for tests, the demo and the benches.
//!
//! It answers the REST calls a token is inspected and minted with, and lends real bare repositories to a real git, and
//! objects to a real git-lfs, over HTTP and TLS. Each token has an account with rights; each request is remembered. It plays github.com or an Enterprise Server of
//! any age, and goes wrong where a test tells it to. What GitHub was seen to answer, it answers word by word:
//! such places say `recorded:` and name where. What it does not know is a 501, and a panic once the fake is dropped, so that no
//! test overlooks a call nobody thought of.
//!
//! ```
//! use fake_github::{Account, FakeGitHub, Right, Visibility};
//!
//! # fn main() -> std::io::Result<()> {
//! let github = FakeGitHub::builder()
//!     .repository("acme/site", Visibility::Private)
//!     .token("secret", Account::user("octocat").scopes("repo").right("acme/site", Right::Push))
//!     .start()?;
//! assert!(github.url().starts_with("http://127.0.0.1:"));
//! assert!(github.requests().is_empty());
//! # Ok(())
//! # }
//! ```

mod account;
mod answer;
mod app;
mod body;
mod builder;
mod clock;
mod fake;
mod fault;
mod git;
mod listener;
mod memory;
mod organization;
mod repository;
mod rest;
mod route;
mod server;
mod state;
mod tls;

pub use account::{Account, Installed, Right};
pub use app::{App, Minted};
pub use builder::Builder;
pub use fake::FakeGitHub;
pub use fault::Fault;
pub use memory::Request;
pub use organization::Organization;
pub use repository::Visibility;
pub use server::Server;
