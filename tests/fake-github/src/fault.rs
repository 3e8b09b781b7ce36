//! Answers that go wrong, one request at a time.

/// What a request meets instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This answer, to which nothing but a `Date` is added.
    Status {
        /// The status.
        status: u16,
        /// Every header, by name and value.
        headers: Vec<(String, String)>,
        /// The whole body.
        body: String,
    },
    /// The connection is reset without an answer.
    Reset,
    /// The answer the request would have had, of which the second half of the body never comes.
    Truncate,
    /// Nothing, for ever.
    Silence,
    /// A byte of the body every 200 milliseconds, for ever.
    Drip,
    /// A body without end, as fast as it goes.
    Endless,
}
