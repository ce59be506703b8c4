//! `cargo xtask serve`: the demo over HTTP, under the headers that the package promises to work with.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Error, Result};
use tiny_http::{Header, Method, Request, Response, Server};

use crate::static_files::{media_type, resolve};
use crate::workspace::Workspace;
use crate::{package, site};

/// The strictest policy under which the page works: nothing from elsewhere, nothing to elsewhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; \
    style-src 'self'; img-src 'self' data:; worker-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'";

/// Browsers keep half a dozen connections; a slow one must not hold up the others.
const THREADS: usize = 8;

/// Builds the package and the demo and serves it until the program is stopped.
pub fn serve(workspace: &Workspace, host: IpAddr, port: u16) -> Result<()> {
    // Before the build: minutes later is late to learn that the port is taken.
    let listener = listen(SocketAddr::new(host, port))?;
    package::build(workspace)?;
    let root: Arc<Path> = site::assemble(workspace)?.into();
    let address = listener.local_addr()?;
    let threads = start(listener, &root)?;
    announce(address);
    threads.into_iter().try_for_each(|thread| {
        thread
            .join()
            .map_err(|_| Error::msg("a thread of the server panicked"))
    })
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => ": the port is in use; stop what uses it, or choose another one with --port (0 takes any)",
            ErrorKind::PermissionDenied => ": ports below 1024 need privileges; choose another one with --port",
            ErrorKind::AddrNotAvailable => ": this machine does not have that address; see --host",
            _ => "",
        };
        Error::new(error).context(format!("could not listen on {address}{advice}"))
    })
}

fn start(listener: TcpListener, root: &Arc<Path>) -> Result<Vec<JoinHandle<()>>> {
    let server =
        Server::from_listener(listener, None).map_err(|error| Error::msg(error.to_string()));
    let server = Arc::new(server.context("could not start the HTTP server")?);
    let worker = || {
        let (server, root) = (Arc::clone(&server), Arc::clone(root));
        thread::spawn(move || {
            server
                .incoming_requests()
                .for_each(|request| answer(request, &root))
        })
    };
    Ok((0..THREADS).map(|_| worker()).collect())
}

fn announce(address: SocketAddr) {
    let port = address.port();
    if address.ip().is_loopback() {
        println!("\nhttp://localhost:{port}/  (Ctrl-C stops it)");
        println!(
            "Open it under this name: browsers give the microphone to secure contexts alone, and localhost is one."
        );
    } else {
        println!(
            "\nhttp://localhost:{port}/ here, {address} from other machines  (Ctrl-C stops it)"
        );
        println!(
            "From other machines files work, the microphone does not: that needs HTTPS, or localhost."
        );
    }
}

fn answer(request: Request, root: &Path) {
    let sent = match request.method() {
        Method::Get | Method::Head => match resolve(root, request.url())
            .map(|file| (File::open(&file), media_type(&file)))
        {
            Some((Ok(file), media_type)) => {
                request.respond(with_headers(Response::from_file(file), media_type))
            }
            Some((Err(error), _)) => refuse(request, 500, &format!("could not read it: {error}")),
            None => refuse(request, 404, "not found"),
        },
        _ => refuse(request, 405, "only GET and HEAD are answered"),
    };
    // A page that is closed while it loads breaks its connections: no fault of ours.
    if let Err(error) = sent
        && !matches!(
            error.kind(),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
        )
    {
        eprintln!("could not send an answer: {error}");
    }
}

fn refuse(request: Request, status: u16, text: &str) -> io::Result<()> {
    request.respond(
        with_headers(
            Response::from_string(format!("{text}\n")),
            "text/plain; charset=utf-8",
        )
        .with_status_code(status),
    )
}

fn with_headers<R: io::Read>(response: Response<R>, media_type: &'static str) -> Response<R> {
    let headers = [
        ("Content-Type", media_type),
        ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
        ("Allow", "GET, HEAD"),
    ];
    // Only text beyond ASCII is refused as a header, and there is none here.
    let headers = headers
        .into_iter()
        .filter_map(|(name, value)| Header::from_bytes(name, value).ok());
    // Chunked transfer would hide the length from a page that shows progress.
    headers.fold(
        response.with_chunked_threshold(usize::MAX),
        Response::with_header,
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    /// One request over a real connection to a real server; the answer's head and body.
    fn ask(request: &str) -> Result<(String, String)> {
        let root = std::env::temp_dir().join(format!(
            "xtask-serve-{}-{}",
            std::process::id(),
            request.len()
        ));
        fs::create_dir_all(&root)?;
        fs::write(root.join("index.html"), "x".repeat(100_000))?;
        fs::write(root.join("a.wasm"), "wasm")?;
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let mut connection = TcpStream::connect(listener.local_addr()?)?;
        start(listener, &root.as_path().into())?;
        write!(
            connection,
            "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        fs::remove_dir_all(root)?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("the answer has no end of its head")?;
        Ok((head.to_owned(), body.to_owned()))
    }

    #[test]
    fn a_file_comes_with_type_length_and_headers() -> Result<()> {
        let (head, body) = ask("GET /a.wasm?v=1")?;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        for line in [
            "Content-Type: application/wasm",
            "Content-Length: 4",
            "X-Content-Type-Options: nosniff",
            "Cache-Control: no-cache",
            &format!("Content-Security-Policy: {CONTENT_SECURITY_POLICY}"),
        ] {
            assert!(head.contains(line), "no {line} in {head}");
        }
        assert_eq!(body, "wasm");
        Ok(())
    }

    #[test]
    fn head_tells_the_length_of_a_long_file_and_sends_no_body() -> Result<()> {
        let (head, body) = ask("HEAD /")?;
        assert!(
            head.contains("Content-Length: 100000") && head.contains("Content-Type: text/html"),
            "{head}"
        );
        assert_eq!(body, "");
        Ok(())
    }

    #[test]
    fn what_is_not_there_and_what_is_not_asked_nicely_is_refused() -> Result<()> {
        assert!(ask("GET /missing")?.0.starts_with("HTTP/1.1 404"));
        assert!(ask("GET /../Cargo.toml")?.0.starts_with("HTTP/1.1 404"));
        assert!(ask("POST /index.html")?.0.starts_with("HTTP/1.1 405"));
        Ok(())
    }

    #[test]
    fn a_port_in_use_says_what_to_do() -> Result<()> {
        let first = listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let error = listen(first.local_addr()?).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("--port")));
        Ok(())
    }
}
