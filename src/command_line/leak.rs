//! A token among the arguments: everybody on the machine can see it there, and clap would repeat it.

use std::ffi::OsString;

use super::arguments::Usage;

/// What tokens begin with. Nothing that belongs behind patgate has it in it.
const MARKS: [&str; 6] = ["ghp_", "github_pat_", "ghs_", "gho_", "ghu_", "ghr_"];

const MESSAGE: &str = "\
error: a token stands among the arguments, where everybody on this machine can see it

Take it for leaked: delete it in its owner's settings, make a new one, and give that one by standard
input, as `patgate check < FILE`, or in the variable PATGATE_TOKEN.
";

/// Finds a token, and does not repeat it.
pub(super) fn find(arguments: &[OsString]) -> Result<(), Usage> {
    let is_there = arguments.iter().skip(1).any(|argument| {
        let text = argument.to_string_lossy();
        MARKS.iter().any(|mark| holds(&text, mark))
    });
    if is_there {
        return Err(Usage {
            text: MESSAGE.to_owned(),
            is_wrong: true,
        });
    }
    Ok(())
}

/// Whether `mark` stands in `text` with more of a token behind it than a name would have.
fn holds(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| {
        let rest = &text[at + mark.len()..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphanumeric);
        letters.count() >= 8
    })
}
