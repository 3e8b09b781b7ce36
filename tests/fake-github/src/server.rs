//! The thread that listens and answers.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::{fmt, io};

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::answer::{self, Answer};
use crate::route::Route;
use crate::state::State;
use crate::{git, memory, rest};

/// A thread with a runtime of its own; it neither needs nor disturbs the caller's.
pub(crate) struct Server {
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Server {
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

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
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

/// Answers one connection until it ends.
async fn serve<S>(state: Arc<State>, scheme: &'static str, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(|request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(answer(&state, scheme, request).await) }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A client may leave when it likes.
    let _ = connection.await;
}

/// Answers one request, and remembers both.
async fn answer(state: &State, scheme: &'static str, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let asked = memory::Request::new(scheme, &head);
    let path = asked.path.clone();
    let number = state.memory.asked(asked);

    if *state.stalled.borrow() {
        state.memory.stalled(number);
        state.flowing().await;
    }
    // The whole body, whatever the answer: a client that is cut off while it sends may miss it.
    let mut answer = match body.collect().await {
        Ok(body) => match state.canned(&path) {
            Some(canned) => canned,
            None => find_answer(state, scheme, number, &head, body.to_bytes()).await,
        },
        Err(_) => answer::text(StatusCode::BAD_REQUEST, "the body broke off\n"),
    };
    if !answer.headers().contains_key("x-github-request-id") {
        let id = format!("FA4E:{number:04X}");
        answer::add_header(&mut answer, "X-GitHub-Request-Id", &id);
    }
    state.memory.answered(number, answer.status().as_u16());
    answer
}

async fn find_answer(
    state: &State,
    scheme: &str,
    number: u64,
    head: &Parts,
    body: Bytes,
) -> Answer {
    if head.headers.get_all(AUTHORIZATION).iter().count() > 1 {
        // recorded: GitHub's own text, seen in peter-evans/create-pull-request #4272.
        let complaint = "Duplicate header: \"Authorization\"";
        return answer::text(StatusCode::BAD_REQUEST, complaint);
    }
    match Route::of(&head.method, head.uri.path(), head.uri.query()) {
        Route::Rest { base, call } => rest::answer(state, scheme, head, base, &call),
        Route::Git(call) => git::answer(state, head, &call, body).await,
        Route::Unknown => {
            state.memory.unknown(number);
            let complaint = "the fake GitHub does not know this route\n";
            answer::text(StatusCode::NOT_IMPLEMENTED, complaint)
        }
    }
}
