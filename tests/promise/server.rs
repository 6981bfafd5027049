//! A real server runs from its bundle, answers to the end, and keeps its bundle until then.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::support::bundle::Bundle;
use crate::support::sandbox::Sandbox;

/// A running MCP server and its client's end of standard input and output.
struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    last: u64,
}

impl Server {
    fn run(sandbox: &Sandbox, bundle: &str) -> Self {
        let mut child = sandbox
            .command(["run", bundle])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut server = Server {
            stdin: child.stdin.take().expect("piped"),
            stdout: BufReader::new(child.stdout.take().expect("piped")),
            child,
            last: 0,
        };
        let started = server.ask(
            "initialize",
            &json!({"protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"}}),
        );
        assert_eq!(started["serverInfo"]["name"], "hello", "{started}");
        server.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        server
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.stdin, "{message}").expect("it reads");
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it answers");
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(answer["id"], id, "{answer}");
        answer["result"].clone()
    }

    fn adds(&mut self) {
        let call = json!({"name": "add", "arguments": {"a": 2, "b": 40}});
        let answer = self.ask("tools/call", &call);
        assert_eq!(answer["content"][0]["text"], "42", "{answer}");
    }

    fn end(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().expect("it ends").success());
    }
}

fn hello() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/hello-1.0.0.mcpb")
}

// Seen to fail when `FileLock::hand_to` leaves the descriptor close-on-exec.
#[test]
fn a_server_answers_to_the_end_whatever_happens_to_its_name() {
    let sandbox = Sandbox::new();
    let directory = sandbox.install(&hello());
    let mut server = Server::run(&sandbox, "hello");
    server.adds();

    let refused = sandbox.run(["remove", "hello"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && told.contains("is in use"),
        "{told}"
    );
    // An update of the same version takes the name away from what it runs from.
    let update = Bundle::new("hello", "1.0.0").files("lib", 5, 1);
    let new = sandbox.install(&sandbox.pack(&update));
    assert_ne!(new, directory);
    sandbox.ok(["gc"]);
    server.adds();
    sandbox.ok(["remove", "hello"]);
    sandbox.ok(["gc"]);
    server.adds();
    assert!(directory.join("server/main.py").exists());
    let leases = sandbox.json(["leases"]);
    assert_eq!(leases[0]["named"], false, "{leases}");
    assert_eq!(
        leases[0]["holders"][0]["process"],
        server.child.id(),
        "{leases}"
    );

    server.end();
    sandbox.ok(["gc"]);
    assert!(!directory.exists(), "it goes when its server has ended");
    sandbox.assert_sound();
}
