//! Bodies as they go over the wire: whole, or wrong on purpose.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tokio::time::{Interval, interval};

/// The body of an answer.
pub(crate) enum Body {
    Whole(Full<Bytes>),
    Truncated(Truncated),
    Drip(Interval),
    Endless,
}

/// The first half of a body whose whole length was promised.
pub(crate) struct Truncated {
    half: Option<Bytes>,
    promised: u64,
    is_flushed: bool,
}

impl Body {
    /// The first half of 'whole'.
    pub(crate) fn half_of(whole: &Bytes) -> Self {
        Self::Truncated(Truncated {
            half: Some(whole.slice(..whole.len() / 2)),
            promised: u64::try_from(whole.len()).unwrap_or(u64::MAX),
            is_flushed: false,
        })
    }

    pub(crate) fn drip() -> Self {
        Self::Drip(interval(Duration::from_millis(200)))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        // White space, which no JSON ends with.
        static SPACES: [u8; 1 << 16] = [b' '; 1 << 16];
        let spaces = |count: usize| Frame::data(Bytes::from_static(&SPACES[..count]));
        match self.get_mut() {
            Self::Whole(whole) => {
                let frame = ready!(Pin::new(whole).poll_frame(context));
                Poll::Ready(frame.map(|frame| Ok(frame.unwrap_or_else(|never| match never {}))))
            }
            Self::Truncated(truncated) => truncated.poll(context),
            Self::Drip(interval) => {
                ready!(interval.poll_tick(context));
                Poll::Ready(Some(Ok(spaces(1))))
            }
            Self::Endless => Poll::Ready(Some(Ok(spaces(SPACES.len())))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(whole) => whole.is_end_stream(),
            Self::Truncated(_) | Self::Drip(_) | Self::Endless => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Truncated(truncated) => SizeHint::with_exact(truncated.promised),
            Self::Drip(_) | Self::Endless => SizeHint::default(),
        }
    }
}

impl Truncated {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.is_flushed {
            // hyper sends what it has before it asks again.
            self.is_flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the rest never comes"))))
    }
}
