//! `cargo xtask serve`: the demo over HTTP, under the headers that the package promises to work with.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};

use anyhow::{Error, Result};
use xshell::cmd;

use crate::tools::{SERVER, ensure_node, ensure_packages};
use crate::workspace::Workspace;
use crate::{package, site};

/// Builds the package and serves the demo from its sources until the program is stopped.
pub fn serve(workspace: &Workspace, host: IpAddr, port: u16) -> Result<()> {
    println!("1 of 3: the tools (Node, npm packages)");
    // Before the build: minutes later is late to learn that Node is missing, or that the port is taken.
    ensure_node()?;
    let listener = listen(SocketAddr::new(host, port))?;
    ensure_packages(&workspace.root.join(SERVER))?;
    println!("2 of 3: the package (minutes the first time, a second where nothing changed)");
    package::build(workspace)?;
    println!(
        "3 of 3: the server; edits in www/ show at the next reload, those of Rust, src/js and weights after `cargo xtask build`"
    );
    let sh = workspace.shell_in(SERVER)?;
    let port = listener.local_addr()?.port().to_string();
    drop(listener);
    let host = host.to_string();
    let parts = site::parts(workspace);
    let mounts = parts.map(|(at, folder)| format!("{at}={}", folder.display()));
    Ok(cmd!(sh, "node main.mjs {host} {port} {mounts...}")
        .quiet()
        .run()?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_says_what_to_do() -> Result<()> {
        let first = listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let error = listen(first.local_addr()?).unwrap_err().to_string();
        assert!(error.contains("--port"), "{error}");
        Ok(())
    }
}
