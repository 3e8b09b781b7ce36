//! How long a run waits for GitHub, and what it asks twice. The library's only clock that runs.

use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::trouble::GitHubError;

/// Asked once, and three times more.
const ATTEMPTS: u32 = 4;

/// The first pause; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);

/// An answer that takes longer is spoken of, so that a log does not stand still unexplained.
const SLOW: Duration = Duration::from_secs(5);

/// What is worth no more than this.
const MOMENT: Duration = Duration::from_secs(1);

/// A run's patience, which all its questions share.
#[derive(Debug)]
pub struct Patience {
    end: Instant,
    /// Whether a long wait has been told: side by side, many questions wait for the same thing.
    told: Cell<bool>,
}

/// When a token was made.
#[derive(Clone, Copy, Debug)]
pub struct Birth(Instant);

/// So long a new token may not be known to all of GitHub's servers.
///
/// <https://github.com/octokit/auth-app.js#installation-authentication>
const YOUTH: Duration = Duration::from_secs(5);

impl Birth {
    /// The present.
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// Whether the token is so new that a refusal means nothing.
    pub(super) fn is_recent(self) -> bool {
        self.0.elapsed() < YOUTH
    }
}

/// What may be asked again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Repeat {
    /// A question: asking it again changes nothing.
    Always,
    /// A command: asked again only if it never left.
    IfUnsent,
}

/// What to do after an attempt that failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Again {
    /// It would fail again.
    Never,
    /// It may be better soon.
    Soon,
    /// GitHub says when.
    After(Duration),
    /// The command never reached GitHub.
    Unsent,
}

impl Patience {
    /// Patience for `span` from now. Must be called inside a runtime.
    pub fn new(span: Duration) -> Self {
        Self {
            end: Instant::now() + span,
            told: Cell::new(false),
        }
    }

    /// Waits for `future`, but not beyond the end; `None` if it came first.
    pub async fn bound<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.end, future).await.ok()
    }

    /// Waits for what may stay open: half of what is left, so that a run never ends by it.
    pub(super) async fn spare<T>(&self, question: impl Future<Output = T>) -> Option<T> {
        let left = self.end.saturating_duration_since(Instant::now());
        timeout(left / 2, question).await.ok()
    }

    /// Waits a moment, for what may be better then.
    pub(super) async fn rest(&self) {
        sleep(MOMENT).await;
    }

    /// Waits a moment, for what is of no use later.
    pub(super) async fn brief<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        timeout(MOMENT, future).await.ok()
    }

    /// Asks until there is an answer, or no use in asking. `what` is the question, for the log.
    pub(super) async fn persist<T>(
        &self,
        what: &str,
        repeat: Repeat,
        mut attempt: impl AsyncFnMut() -> Result<T, (GitHubError, Again)>,
    ) -> Result<T, GitHubError> {
        let mut asked = 1;
        loop {
            let (error, again) = match self.watch(what, attempt()).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let pause = match (again, repeat) {
                (Again::Soon, Repeat::Always) | (Again::Unsent, _) => back_off(asked),
                (Again::After(span), Repeat::Always) => span,
                (Again::Never, _) | (Again::Soon | Again::After(_), Repeat::IfUnsent) => {
                    return Err(error);
                }
            };
            // A span that somebody else chose may be longer than time itself.
            let left = self.end.saturating_duration_since(Instant::now());
            if asked == ATTEMPTS || pause >= left {
                return Err(error);
            }
            tracing::info!(
                "{what}: {error}; asked again in {:.1} s, for the {} time",
                pause.as_secs_f32(),
                ["second", "third", "fourth"][asked as usize - 1]
            );
            sleep(pause).await;
            asked += 1;
        }
    }

    /// Waits for one answer, and says so if it is slow.
    async fn watch<T>(&self, what: &str, attempt: impl Future<Output = T>) -> T {
        let mut attempt = pin!(attempt);
        if let Ok(answer) = timeout(SLOW, &mut attempt).await {
            return answer;
        }
        if !self.told.replace(true) {
            let left = self.end.saturating_duration_since(Instant::now());
            tracing::info!(
                "{what}: no answer for {} s; waiting for {} s more at most",
                SLOW.as_secs(),
                left.as_secs()
            );
        }
        attempt.await
    }
}

/// Longer each time, and never the same for two jobs that began together.
fn back_off(asked: u32) -> Duration {
    let most = PAUSE * 2u32.pow(asked - 1);
    // Each of std's hashers has keys of its own, from the system's randomness: enough for this.
    let random = RandomState::new().build_hasher().finish() % 1000;
    let part = u32::try_from(random).expect("less than a thousand");
    most / 2 + most / 2 * part / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        for asked in 1..ATTEMPTS {
            let most = PAUSE * 2u32.pow(asked - 1);
            let pauses: Vec<_> = (0..100).map(|_| back_off(asked)).collect();
            assert!(
                pauses
                    .iter()
                    .all(|pause| most / 2 <= *pause && *pause <= most)
            );
            assert!(pauses.windows(2).any(|pair| pair[0] != pair[1]));
        }
    }
}
