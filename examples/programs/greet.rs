// SPDX-License-Identifier: LGPL-2.1-or-later

//! Greets over HTTP, on the socket that systemd passes, and ends after a minute without a client.
//! It leaves without losing one: whoever connects meanwhile waits at the socket, which stays
//! systemd's, for the next start.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::io::{FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use std::{env, process, thread};

const FIRST_DESCRIPTOR: i32 = 3; // sd_listen_fds(3)
const IDLE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(5); // with a client that is slow
const CLIENTS_MAX: usize = 16; // at a time; further ones wait at the socket
const HEAD_MAX: usize = 8192; // as most servers have it

/// Reads what there is, or 0 bytes at the end, until a point in time.
fn read(stream: &mut TcpStream, part: &mut [u8], end: Instant) -> io::Result<usize> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into()); // which is no valid timeout
    }
    stream.set_read_timeout(Some(left))?;
    stream.read(part)
}

/// Reads the head of a request, and answers.
fn greet(mut stream: TcpStream, greeted: &AtomicU64) -> io::Result<()> {
    let end = Instant::now() + PATIENCE;
    let (mut head, mut part) = (Vec::new(), [0; 1024]);

    stream.set_write_timeout(Some(PATIENCE))?;
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match read(&mut stream, &mut part, end)? {
            n if n > 0 && head.len() + n <= HEAD_MAX => head.extend_from_slice(&part[..n]),
            _ => return Ok(()),
        }
    }

    let (status, text) = if head.starts_with(b"GET ") {
        let n = greeted.fetch_add(1, SeqCst) + 1;
        (
            "200 OK",
            format!("Hello from Rust! Greeting {n} since the start.\n"),
        )
    } else {
        ("501 Not Implemented", "It knows GET alone.\n".to_string())
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )?;
    // To close a connection of which something is unread would be a reset, with which the client
    // may lose the answer.
    stream.shutdown(Shutdown::Write)?;
    while read(&mut stream, &mut part, end)? > 0 {}
    Ok(())
}

fn serve(listener: &TcpListener) -> io::Result<()> {
    let (clients, greeted) = (AtomicUsize::new(0), AtomicU64::new(0));

    // The scope ends when all its threads have.
    thread::scope(|scope| loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()), // the timeout
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        let (clients, greeted) = (&clients, &greeted);
        // What goes wrong with a client is no failure of ours.
        let work = move || {
            let _ = greet(stream, greeted);
            clients.fetch_sub(1, SeqCst);
        };
        if clients.fetch_add(1, SeqCst) + 1 < CLIENTS_MAX {
            scope.spawn(work);
        } else {
            work();
        }
    })
}

fn main() {
    let pid = process::id().to_string();
    if env::var("LISTEN_PID") != Ok(pid) || env::var("LISTEN_FDS") != Ok("1".to_string()) {
        eprintln!("greet-rust: wants one socket from systemd");
        process::exit(1);
    }
    // accept(2) keeps to the timeout for reading, which a TcpListener has no method to set.
    // Safe: nothing else in this process has the descriptor.
    let socket = unsafe { TcpStream::from_raw_fd(FIRST_DESCRIPTOR) };
    let served = socket
        .set_read_timeout(Some(IDLE))
        .and_then(|()| serve(&TcpListener::from(OwnedFd::from(socket))));
    if let Err(error) = served {
        eprintln!("greet-rust: {error}");
        process::exit(1);
    }
}
