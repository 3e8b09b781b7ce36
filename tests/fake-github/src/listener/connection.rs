//! One connection, until it ends or is reset.

use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::exchange::{self, Reset};
use crate::state::State;

/// A stream above a socket.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Answers one connection until it ends.
pub(super) async fn serve(state: Arc<State>, scheme: &'static str, wire: impl Wire) {
    let service = service_fn(|request| {
        let state = Arc::clone(&state);
        Box::pin(async move { exchange::answer(&state, scheme, request).await })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(wire), service);
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let mut wire = connection.into_parts().io.into_inner();
    let is_reset = ended.is_err_and(|error| {
        let cause = error.source();
        cause.is_some_and(<dyn Error>::is::<Reset>)
    });
    // A client may leave when it likes, so neither way to end can fail.
    if is_reset {
        let _ = wire.socket().set_zero_linger();
    } else {
        let _ = wire.shutdown().await;
    }
}
