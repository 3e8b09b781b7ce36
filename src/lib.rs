//! patgate, the gate: a token goes in, and a lease comes out only if the policy says so.
//!
//! ```text
//! Input → Token → TokenFacts → Verdict (+ Clearance) → Lease → Report
//! ```
//!
//! Each arrow is one module, and each module knows only what stands to its left. [`gate`]
//! alone knows the order. Network, files and environment are touched in [`inspection`],
//! [`lease`], [`runner`] and [`tripwire`]; everything else is a function from values to values.
//!
//! [`command_line`] is for people: the same judging, with options in place of a runner and files
//! that they name.

pub mod command_line;
pub mod facts;
pub mod gate;
pub mod input;
pub mod inspection;
pub mod lease;
pub mod policy;
pub mod report;
pub mod runner;
pub mod token;
pub mod trial;
pub mod tripwire;
