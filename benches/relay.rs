//! A distance between patgate and the fake GitHub.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// The URL of a relay to `server`, which holds each request back for `delay`. It lives as long as
/// the bench.
pub(crate) fn start(server: &str, delay: Duration) -> io::Result<String> {
    let server = server.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A connection that fails shows in patgate's verdict.
            let _ = connect(&client, &server, delay);
        }
    });
    Ok(url)
}

fn connect(client: &TcpStream, server: &str, delay: Duration) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    for (from, to, delay) in [(client, &server, delay), (&server, client, Duration::ZERO)] {
        let (from, to) = (from.try_clone()?, to.try_clone()?);
        to.set_nodelay(true)?;
        thread::spawn(move || carry(from, to, delay));
    }
    Ok(())
}

fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        thread::sleep(delay);
        if to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
    // The other side may have closed it before.
    let _ = to.shutdown(Shutdown::Write);
}
