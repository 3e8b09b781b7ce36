//! What is searched first: a search that is cut short has then seen the likely places.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How likely a place is to hold a token.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Rank {
    /// Where git, package managers and the runner keep what they were given.
    Likely,
    /// All the rest.
    Usual,
    /// Much that others made, and whatever is large.
    Unlikely,
}

/// A piece of work. The derived order is the order of the work: all names of a rank are listed
/// before its first file is read, since a likely one may be among them.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Task {
    pub(super) rank: Rank,
    pub(super) kind: Kind,
    /// The number of the root, and the path below it.
    pub(super) root: usize,
    pub(super) path: Vec<u8>,
    /// The files, if it is not the directory that is to be listed.
    pub(super) files: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    List,
    Read,
}

/// Work that is left, shared by all threads.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    tasks: BinaryHeap<Reverse<Task>>,
    /// How many threads may still add some.
    busy: usize,
    /// How many files wait.
    files: usize,
}

impl Queue {
    pub(super) fn new(tasks: Vec<Task>) -> Self {
        Self {
            state: Mutex::new(State {
                tasks: tasks.into_iter().map(Reverse).collect(),
                busy: 0,
                files: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// The next task, and the turn that lasts while it is worked on. `None`: there is none, and
    /// nobody is at work who could add one.
    pub(super) fn next(&self) -> Option<(Task, Turn<'_>)> {
        let mut state = self.state();
        loop {
            if let Some(Reverse(task)) = state.tasks.pop() {
                state.busy += 1;
                state.files -= task.files.len();
                return Some((task, Turn(self)));
            }
            if state.busy == 0 {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn add(&self, tasks: Vec<Task>) {
        let mut state = self.state();
        state.files += tasks.iter().map(|task| task.files.len()).sum::<usize>();
        state.tasks.extend(tasks.into_iter().map(Reverse));
        self.changed.notify_all();
    }

    /// How many files wait.
    pub(super) fn files(&self) -> usize {
        self.state().files
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends when it is dropped, whatever became of the task: others wait for it.
pub(super) struct Turn<'a>(&'a Queue);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().busy -= 1;
        self.0.changed.notify_all();
    }
}

/// Directories that tools fill by the thousand.
const FILLED: &[&[u8]] = &[
    b"_actions",
    b"_tool",
    b"node_modules",
    b"objects",
    b"site-packages",
    b"target",
    b"vendor",
];

/// Files without a leading dot that hold credentials.
const CREDENTIALS: &[&[u8]] = &[b"config", b"credentials", b"pip.conf", b"auth.json"];

/// The rank of a directory called `name` in one of rank `above`.
pub(super) fn rank_folder(name: &[u8], above: Rank) -> Rank {
    if FILLED.contains(&name) {
        Rank::Unlikely
    } else if above == Rank::Usual && (name.starts_with(b".") || is_runners(name)) {
        Rank::Likely
    } else {
        above
    }
}

/// The rank of a file called `name` in a directory of rank `above`.
pub(super) fn rank_file(name: &[u8], above: Rank) -> Rank {
    let is_likely = name.starts_with(b".")
        || CREDENTIALS.contains(&name)
        || [&b".config"[..], b".env", b".worktree"]
            .iter()
            .any(|ending| name.ends_with(ending));
    if is_likely && above == Rank::Usual {
        Rank::Likely
    } else {
        above
    }
}

/// Whether the runner shares it between steps.
fn is_runners(name: &[u8]) -> bool {
    [
        &b"_temp"[..],
        b"_runner_file_commands",
        b"_github_home",
        b"_github_workflow",
    ]
    .contains(&name)
}
