//! Workflow commands, environment files, and the log between them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use secrecy::{ExposeSecret as _, SecretString};

/// Asks the runner to mask `secret` in every log from here on.
pub fn mask(secret: &SecretString, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "::add-mask::{}", escape(secret.expose_secret()))?;
    out.flush()
}

/// A file of the repository, a line and a column, counted from 1.
pub type Place = (String, usize, usize);

/// Shows `message` beside the run, as `error`, `warning` or `notice`, at a place if it has one. The
/// runner masks no title: it takes words of ours alone.
pub fn annotate(
    level: &str,
    title: &str,
    place: Option<&Place>,
    message: &str,
    mut out: impl Write,
) -> io::Result<()> {
    write!(out, "::{level} title={}", property(title))?;
    if let Some((file, line, column)) = place {
        let file = property(&harmless(file));
        write!(out, ",file={file},line={line},col={column}")?;
    }
    writeln!(out, "::{}", escape(&harmless(message)))
}

/// A workflow command's property: `:` and `,` are the runner's own too.
fn property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

/// A workflow command's message: `%`, CR and LF are the runner's own.
///
/// <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>
pub fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// `text` as one line that no runner takes for a command.
///
/// A command starts at `::`, blanks before it or not, and an older one at `##[` anywhere in the
/// line; .NET ends a line at a lone CR too. What somebody else wrote must not set outputs.
pub fn harmless(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    let line = line.replace("##[", "# #[");
    if line.trim_start().starts_with("::") {
        line.replacen("::", ": :", 1)
    } else {
        line
    }
}

/// Writes the log's lines so that none of them is a command.
#[derive(Debug)]
pub struct Log<W>(pub W);

impl<W: Write> Write for Log<W> {
    /// Takes whole lines, as the log's formatter hands them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        for line in text.strip_suffix('\n').unwrap_or(&text).split('\n') {
            writeln!(self.0, "{}", harmless(line))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// One of the files by which a step hands something to the runner.
#[derive(Clone, Debug)]
pub struct CommandFile(PathBuf);

/// act on the host names files that its container does not have; they lie here by their names.
const ACT: &str = "/var/run/act/workflow";

impl CommandFile {
    /// Finds the file that the runner named, such as by `GITHUB_ENV`.
    pub fn find(path: &str) -> Self {
        let path = PathBuf::from(path);
        let in_act = path.file_name().map(|name| Path::new(ACT).join(name));
        Self(match in_act {
            Some(other) if !path.exists() && other.exists() => other,
            _ => path,
        })
    }

    /// Appends names and values, all of them or none: a pair that is half there would leave every
    /// git command of the job broken.
    pub fn append(&self, pairs: &[(String, String)]) -> io::Result<()> {
        let mut text = Vec::new();
        for (name, value) in pairs {
            if value.contains(['\n', '\r']) {
                let end = delimiter(value);
                writeln!(text, "{name}<<{end}\n{value}\n{end}")?;
            } else {
                writeln!(text, "{name}={value}")?;
            }
        }
        self.append_bytes(&text)
    }

    /// Appends `text` as it is. The file is the runner's, and stays the same file.
    pub fn append_text(&self, text: &str) -> io::Result<()> {
        self.append_bytes(text.as_bytes())
    }

    /// The file and its length. Neither a link, which would have root write elsewhere, nor a pipe
    /// that would wait for ever; a step may put either there at any moment.
    fn open(&self) -> io::Result<(File, u64)> {
        let irregular = || io::Error::other("it is no regular file");
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options
            .append(true)
            .custom_flags(flags.bits().cast_signed());
        let file = options.open(&self.0).map_err(|error| {
            match Errno::from_io_error(&error) {
                // A link, a pipe that nobody reads, a folder.
                Some(Errno::LOOP | Errno::NXIO | Errno::ISDIR) => irregular(),
                Some(_) | None => error,
            }
        })?;
        let found = file.metadata()?;
        if found.is_file() {
            Ok((file, found.len()))
        } else {
            Err(irregular())
        }
    }

    fn append_bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let (mut file, before) = self.open()?;
        let written = loop {
            match file.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => break written?,
            }
        };
        if written == bytes.len() {
            return Ok(());
        }
        // Not a second write for the rest: beyond a limit, a signal would answer it.
        file.set_len(before)?;
        Err(io::Error::other(format!(
            "there is room for {written} of {} bytes",
            bytes.len()
        )))
    }
}

/// A line that `value` does not have, so that it ends where it ends.
fn delimiter(value: &str) -> String {
    let mut end = "patgate_end".to_owned();
    while value.lines().any(|line| line == end) {
        end.push('_');
    }
    end
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn no_line_of_the_log_is_a_command() {
        for (text, line) in [
            ("::set-output name=x::y", ": :set-output name=x::y"),
            ("  ::error::x", "  : :error::x"),
            ("a ##[set-output name=x]y", "a # #[set-output name=x]y"),
            ("a\r::error::x", "a\\r::error::x"),
            ("a\n::error::x", "a\\n::error::x"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\u{85}b\u{2028}c", "a\\u{85}b\\u{2028}c"),
            ("git::fine", "git::fine"),
        ] {
            assert_eq!(harmless(text), line);
        }
    }

    #[test]
    fn the_log_keeps_its_own_lines_apart() {
        let mut out = Vec::new();
        writeln!(Log(&mut out), "one\n::two").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "one\n: :two\n");
    }

    #[test]
    fn a_value_with_a_line_end_stays_one_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("env");
        fs::write(&path, "A=1\n").unwrap();
        let file = CommandFile::find(path.to_str().unwrap());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        file.append(&[pair("B", ""), pair("C", "x\npatgate_end\nD=3")])
            .unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "A=1\nB=\nC<<patgate_end_\nx\npatgate_end\nD=3\npatgate_end_\n"
        );
    }
}
