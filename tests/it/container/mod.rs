//! The action in real containers, started as GitHub's runner starts them, with git in the steps
//! that follow.
//!
//! `.ci/run` names the engine and the images; without them each test says that it is skipped.

mod act;
mod end;
mod engine;
mod everywhere;
mod faults;
mod github;
mod image;
mod lease;
mod runner;
mod steps;
