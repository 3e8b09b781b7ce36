//! An HTTP proxy as companies have them: it takes `CONNECT`, knows names that no name server
//! knows, and keeps all that goes through it.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A running proxy; dropping it stops it.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// How a proxy meets those who ask.
pub(crate) enum Manner {
    /// It connects whoever asks.
    Open,
    /// It connects whoever shows this `user:password`.
    Password(&'static str),
    /// It answers with this status, and with a page.
    Refuse(u16),
    /// It hangs up without a word.
    HangUp,
}

struct Shared {
    manner: Manner,
    /// Where each `host:port` really is.
    hosts: BTreeMap<String, SocketAddr>,
    kept: Mutex<Kept>,
    is_over: AtomicBool,
}

#[derive(Default)]
struct Kept {
    heads: Vec<String>,
    carried: Vec<u8>,
}

impl Proxy {
    /// Starts a proxy that knows `hosts`, each as `host:port` and where it is.
    pub(crate) fn start(manner: Manner, hosts: &[(&str, SocketAddr)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hosts = hosts
            .iter()
            .map(|(name, address)| ((*name).to_owned(), *address));
        let shared = Arc::new(Shared {
            manner,
            hosts: hosts.collect(),
            kept: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        Self {
            address: listener.local_addr().unwrap(),
            thread: Some(thread::spawn({
                let shared = Arc::clone(&shared);
                move || shared.listen(&listener)
            })),
            shared,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same, with `user:password` as it stands in a URL.
    pub(crate) fn url_of(&self, user: &str) -> String {
        format!("http://{user}@{}", self.address)
    }

    /// What was asked for, as `CONNECT host:port`, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        let heads = self.heads();
        let asked = heads.iter().filter_map(|head| head.split(" HTTP/").next());
        asked.map(str::to_owned).collect()
    }

    /// Every request's line and headers, as sent.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.shared.kept.lock().unwrap().heads.clone()
    }

    /// Every byte that went through, either way.
    pub(crate) fn carried(&self) -> Vec<u8> {
        self.shared.kept.lock().unwrap().carried.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The knock that ends the wait for one; if nobody listens, it has ended.
        let _ = TcpStream::connect(self.address);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|ended| ended.is_ok()) || thread::panicking());
    }
}

impl Shared {
    fn listen(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.is_over.load(Ordering::SeqCst) {
                return;
            }
            let shared = Arc::clone(self);
            // A client may leave when it likes.
            thread::spawn(move || client.and_then(|client| shared.serve(client)));
        }
    }

    fn serve(self: Arc<Self>, mut client: TcpStream) -> io::Result<()> {
        let head = read_head(&client)?;
        self.kept.lock().unwrap().heads.push(head.clone());
        match self.manner {
            Manner::HangUp => return Ok(()),
            Manner::Refuse(status) => return refuse(client, status, ""),
            Manner::Password(password) if !shows(&head, password) => {
                return refuse(
                    client,
                    407,
                    "Proxy-Authenticate: Basic realm=\"way out\"\r\n",
                );
            }
            Manner::Password(_) | Manner::Open => {}
        }
        let asked = head.split(' ').nth(1).unwrap_or_default();
        let Some(address) = self
            .hosts
            .get(asked)
            .filter(|_| head.starts_with("CONNECT "))
        else {
            return refuse(client, 502, "");
        };
        let server = TcpStream::connect(address)?;
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        let shared = Arc::clone(&self);
        thread::spawn(move || shared.carry(from, to));
        self.carry(server, client);
        Ok(())
    }

    /// Carries bytes one way until there are no more, or nobody takes them.
    fn carry(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            let kept = &mut self.kept.lock().unwrap().carried;
            kept.extend_from_slice(&bytes[..read]);
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        // Who is gone already cannot be told.
        let _ = to.shutdown(Shutdown::Write);
    }
}

/// The request's line and its headers; what follows belongs to the tunnel, and waits for its end.
fn read_head(client: &TcpStream) -> io::Result<String> {
    let mut head = String::new();
    let mut lines = BufReader::new(client);
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

fn shows(head: &str, password: &str) -> bool {
    let wanted = format!("Proxy-Authorization: Basic {}", STANDARD.encode(password));
    head.lines().any(|line| line.eq_ignore_ascii_case(&wanted))
}

fn refuse(mut client: TcpStream, status: u16, headers: &str) -> io::Result<()> {
    let page = "<html><h1>Blocked by the gateway</h1></html>";
    let length = page.len();
    write!(
        client,
        "HTTP/1.1 {status} No\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{page}"
    )
}
