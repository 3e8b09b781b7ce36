//! The thread that listens and answers.

mod connection;
mod exchange;

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::{fmt, io};

use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::state::State;
use connection::serve;

/// A thread with a runtime of its own; it neither needs nor disturbs the caller's.
pub(crate) struct Listener {
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Listener {
    pub(crate) fn start(
        state: Arc<State>,
        plain: TcpListener,
        tls: TcpListener,
        config: Arc<ServerConfig>,
    ) -> io::Result<Self> {
        plain.set_nonblocking(true)?;
        tls.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (plain, tls) = {
            let _entered = runtime.enter();
            (
                tokio::net::TcpListener::from_std(plain)?,
                tokio::net::TcpListener::from_std(tls)?,
            )
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("fake-github".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = listen(&state, &plain, None) => {}
                        () = listen(&state, &tls, Some(config.into())) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            running: Some((stop, thread)),
        })
    }

    /// Ends every connection, and waits for the thread.
    pub(crate) fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            // A thread that is gone already needs no word, and has told its panic itself.
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

/// Takes connections for ever.
async fn listen(
    state: &Arc<State>,
    listener: &tokio::net::TcpListener,
    acceptor: Option<TlsAcceptor>,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // A connection that breaks while it is taken is its client's loss.
            tokio::task::yield_now().await;
            continue;
        };
        prompt(&stream);
        let (state, acceptor) = (Arc::clone(state), acceptor.clone());
        tokio::spawn(async move {
            match acceptor {
                None => serve(state, "http", stream).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(state, "https", stream).await;
                    }
                }
            }
        });
    }
}

/// Sends small answers at once; benches measure them.
fn prompt(stream: &TcpStream) {
    // Slower is still right.
    let _ = stream.set_nodelay(true);
}
