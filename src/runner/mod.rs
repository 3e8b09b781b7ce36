//! The Actions runner: the files, commands and directories by which a step talks to it and to
//! the steps behind it.

pub mod command;
pub mod mask;
pub mod path;
