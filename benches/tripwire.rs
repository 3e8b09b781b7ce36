//! What the search for a token left behind costs, beside grep and ripgrep:
//! `cargo bench --bench tripwire`.

mod numbers;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use patgate::tripwire::{Limits, Root, Tripwire};
use secrecy::SecretString;
use tempfile::TempDir;
use wait4::Wait4 as _;

use numbers::{Result, aim, quantile, rounds, say, say_load};

/// How many bytes of text and of noise the tree has for a full run: a gibibyte in all.
const TEXT: u64 = 640 << 20;
const NOISE: u64 = 384 << 20;

/// The size of a file of noise.
const LARGE: u64 = 48 << 20;

fn main() -> Result<()> {
    say_load()?;
    // A few megabytes when all that matters is that it runs.
    let share = if rounds(7) == 7 { 1 } else { 64 };
    let folder = TempDir::new()?;
    let tree = folder.path().join("tree");
    let files = grow(&tree, share)?;
    let token = ["ghp", "PATGATEtestVECTOR0123456789abc1ETiws"].join("_");
    fs::write(tree.join("planted"), format!("token = \"{token}\"\n"))?;
    let (one, all) = (folder.path().join("one"), folder.path().join("all"));
    let patterns = patterns(&token);
    fs::write(&one, format!("{token}\n"))?;
    fs::write(&all, patterns.join("\n") + "\n")?;

    let secret = SecretString::from(token);
    let mut rows = vec![Row::new("this search, 1 thread", Search::Own(1))];
    rows.push(Row::new("this search, 2 threads", Search::Own(2)));
    for (file, many) in [(&one, "1 pattern"), (&all, "all patterns")] {
        for (program, options) in [
            ("grep", &["-r", "-F", "-l", "-a", "-f"][..]),
            (
                "rg",
                &[
                    "-F",
                    "-l",
                    "-a",
                    "--no-ignore",
                    "--hidden",
                    "--no-config",
                    "-f",
                ],
            ),
        ] {
            if Command::new(program).arg("--version").output().is_err() {
                say(&format!("- `{program}` is not here: skipped"))?;
                continue;
            }
            let mut command = vec![program.to_owned()];
            command.extend(options.iter().map(|option| (*option).to_owned()));
            command.push(file.display().to_string());
            rows.push(Row::new(
                &format!("{program}, {many}"),
                Search::Program(command),
            ));
        }
    }
    // Once unmeasured, so that all find the tree in memory.
    for row in &mut rows {
        row.run(&tree, &secret)?;
        row.times.clear();
    }
    for _ in 0..rounds(7) {
        // In turn, so that what slows one slows the others.
        for row in &mut rows {
            row.run(&tree, &secret)?;
        }
    }
    say_load()?;
    let bytes = (TEXT + NOISE) / share;
    say(&format!(
        "- {} MiB in {files} files, all in memory; {} patterns for the others\n\n\
         | search | median | p90 | GB/s | peak memory |\n| --- | --: | --: | --: | --: |",
        bytes >> 20,
        patterns.len()
    ))?;
    rows.iter().try_for_each(|row| row.tell(bytes))?;
    compare(&rows)
}

/// One line of the table.
struct Row {
    name: String,
    search: Search,
    times: Vec<Duration>,
    peak: u64,
}

enum Search {
    /// By this crate, with so many threads.
    Own(usize),
    Program(Vec<String>),
}

impl Row {
    fn new(name: &str, search: Search) -> Self {
        Self {
            name: name.to_owned(),
            search,
            times: Vec::new(),
            peak: 0,
        }
    }

    fn run(&mut self, tree: &Path, secret: &SecretString) -> Result<()> {
        let start = Instant::now();
        let peak = match &self.search {
            Search::Own(threads) => {
                search(tree, secret, *threads)?;
                own_peak()?
            }
            Search::Program(command) => {
                let child = Command::new(&command[0])
                    .args(&command[1..])
                    .arg(tree)
                    .stdout(Stdio::null())
                    .spawn()?;
                let used = child.wait4()?;
                if !used.status.success() {
                    return Err(format!("{} does not find the token", command[0]).into());
                }
                used.rusage.maxrss
            }
        };
        self.times.push(start.elapsed());
        self.peak = self.peak.max(peak);
        Ok(())
    }

    fn tell(&self, bytes: u64) -> Result<()> {
        let (median, p90) = (quantile(&self.times, 50), quantile(&self.times, 90));
        let megabytes = u32::try_from(bytes / 1_000_000)?;
        say(&format!(
            "| {} | {} ms | {} ms | {:.2} | {:.1} MiB |",
            self.name,
            median.as_millis(),
            p90.as_millis(),
            f64::from(megabytes) / 1e3 / median.as_secs_f64(),
            f64::from(u32::try_from(self.peak >> 10)?) / 1024.0
        ))?;
        Ok(())
    }
}

fn search(tree: &Path, secret: &SecretString, threads: usize) -> Result<()> {
    let root = Root {
        label: "tree".to_owned(),
        path: tree.to_owned(),
    };
    let limits = Limits {
        bytes: u64::MAX,
        file: u64::MAX,
        inflated: u64::MAX,
        depth: 64,
        threads,
        is_over: &|| false,
    };
    let found = Tripwire::new(&[secret]).search(&[root], &limits);
    if found.hits.len() == 1 && found.unread + found.partial == 0 {
        Ok(())
    } else {
        Err(format!("the planted token alone should be found: {found:?}").into())
    }
}

/// The most memory this process has had, in bytes.
fn own_peak() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmHWM")?.parse::<u64>()? << 10)
}

fn compare(rows: &[Row]) -> Result<()> {
    let median = |name: &str| {
        let row = rows.iter().find(|row| row.name == name);
        row.map(|row| quantile(&row.times, 50))
    };
    if let (Some(own), Some(other)) = (median("this search, 2 threads"), median("rg, all patterns"))
    {
        let times = own.as_secs_f64() / other.as_secs_f64();
        aim(
            "no slower than ripgrep with as many patterns",
            &format!("{times:.2} of its time"),
            times <= 1.0,
        )?;
    }
    Ok(())
}

/// The token in the forms that a line of a pattern file can hold.
fn patterns(token: &str) -> Vec<String> {
    let shifted = |text: &str| (0..3).map(|shift| core(text, shift)).collect::<Vec<_>>();
    let each = |text: &str, write: fn(u8) -> String| text.bytes().map(write).collect::<String>();
    let random = &token[4..];
    let (first, second) = random.split_at(random.len() / 2);
    let mut patterns = vec![token.to_owned()];
    for text in [random, first, second] {
        patterns.push(text.to_owned());
        patterns.extend(shifted(text));
        let twice = shifted(text)
            .iter()
            .flat_map(|once| shifted(once))
            .collect::<Vec<_>>();
        patterns.extend(twice);
        patterns.push(each(text, |byte| format!("{byte:02x}")));
        patterns.push(each(text, |byte| format!("{byte:02X}")));
        patterns.push(each(text, |byte| format!("%{byte:02x}")));
        patterns.push(each(text, |byte| format!("={byte:02X}")));
        patterns.push(each(text, |byte| format!("\\u{byte:04x}")));
        patterns.push(each(text, |byte| format!("\\x{byte:02x}")));
    }
    patterns
}

/// The part of the base64 that `shift` bytes before and any behind do not change.
fn core(text: &str, shift: usize) -> String {
    let whole = STANDARD_NO_PAD.encode([vec![0; shift], text.as_bytes().to_vec()].concat());
    whole[(shift * 8).div_ceil(6)..(shift + text.len()) * 8 / 6].to_owned()
}

/// Makes the tree, and tells how many files it has.
fn grow(tree: &Path, share: u64) -> Result<u64> {
    let (mut dice, mut files) = (Dice(0x5eed), 0);
    let mut left = TEXT / share;
    while left > 0 {
        let folder = tree
            .join(format!("part-{}", files / 1000))
            .join(format!("p{}", files / 40));
        fs::create_dir_all(&folder)?;
        // Many small ones and a few of a hundred times the size, as sources are.
        let size = match dice.next() % 64 {
            0 => 400 << 10,
            other => (1 << 10) + other * 300,
        };
        let size = size.min(left);
        source(&folder.join(format!("f{files}.rs")), size, &mut dice)?;
        left -= size;
        files += 1;
    }
    let large = LARGE / share;
    for n in 0..NOISE / LARGE {
        noise(&tree.join(format!("noise-{n}.bin")), large, &mut dice)?;
        files += 1;
    }
    Ok(files)
}

/// Lines of words, numbers and marks.
fn source(path: &Path, size: u64, dice: &mut Dice) -> Result<()> {
    const WORDS: [&str; 16] = [
        "let ",
        "return ",
        "self.",
        "token",
        "config",
        "function(",
        ") {\n",
        "    ",
        "\n",
        " = ",
        "https://github.com/",
        "\"a longer string of words\"",
        "0x1f",
        "import ",
        "// why ",
        "_",
    ];
    let mut text = String::new();
    while text.len() < usize::try_from(size)? {
        let throw = dice.next();
        text.push_str(WORDS[usize::try_from(throw % 16)?]);
        if throw & 0x700 == 0 {
            write!(text, "{:x}", throw >> 40)?;
        }
    }
    text.truncate(usize::try_from(size)?);
    fs::write(path, text)?;
    Ok(())
}

/// What compressed files look like.
fn noise(path: &Path, size: u64, dice: &mut Dice) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for _ in 0..size / 8 {
        file.write_all(&dice.next().to_le_bytes())?;
    }
    file.flush()?;
    Ok(())
}

/// The same numbers in each run: xorshift.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
