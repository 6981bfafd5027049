//! `--json` of every command, its failures, and `--progress json`.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::archives::{Zip, noise};
use crate::world::{World, bare, hello};

#[test]
fn every_command_prints_json_and_nothing_else() {
    let world = World::new();
    let archive = hello();
    let archive = archive.to_str().unwrap();
    let out = world.path("out");
    let out = out.to_str().unwrap();
    for (command, member) in [
        (&["install", archive][..], "/directory"),
        (&["path", "hello"], "/directory"),
        (&["list"], "/0/name"),
        (&["info", "hello"], "/tree"),
        (&["use", "hello@1.0.0"], "/before"),
        (&["diff", "hello", "hello@1.0.0"], "/same"),
        (&["pin", "hello@1.0.0"], "/label"),
        (&["pin"], "/0/label"),
        (&["unpin", "hello@1.0.0"], "/label"),
        (&["checkout", "hello", out], "/outcome"),
        (&["checkout"], "/0/standing"),
        (&["checkout", "--forget", out], "/path"),
        (&["leases"], ""),
        (&["du"], "/store/saved"),
        (&["du", "--pairs"], ""),
        (&["du", "--files"], "/0/users/0/paths/0"),
        (&["doctor"], "/place/abilities"),
        (&["check", archive], "/0/accepted"),
        (&["dir"], "/directory"),
        (&["verify"], "/findings"),
        (&["gc", "--dry-run"], "/plan/bytes"),
        (&["remove", "hello"], "/version"),
        (&["gc"], "/swept/bytes"),
    ] {
        let mut arguments = vec!["--json"];
        arguments.extend(command);
        let outcome = world.run(&arguments).succeeds();
        assert!(
            outcome.json().pointer(member).is_some(),
            "no {member} in {outcome:#?}"
        );
        assert_eq!(outcome.stderr, "", "{outcome:#?}");
        another_parser_agrees(&outcome.stdout);
    }
}

/// What people type behind a pipe.
fn another_parser_agrees(json: &str) {
    let mut python = bare("python3");
    python.args(["-m", "json.tool"]).stdin(Stdio::piped());
    let mut python = python.stdout(Stdio::null()).spawn().unwrap();
    let mut pipe = python.stdin.take().unwrap();
    pipe.write_all(json.as_bytes()).unwrap();
    drop(pipe);
    assert!(python.wait().unwrap().success(), "{json}");
}

#[test]
fn a_failure_is_one_object_that_names_path_and_entry() {
    let world = World::new();
    let zip = Zip::bundle("a", "1")
        .file("lib/../../x", &noise(1, 10))
        .bytes();
    let archive = world.file("a.mcpb", zip);
    let archive = archive.to_str().unwrap();
    let failure = world
        .run(&["--json", "install", archive])
        .exits(1)
        .json_failure();
    assert_eq!(failure["kind"], "archive");
    assert_eq!(failure["path"], archive);
    assert_eq!(failure["entry"], "lib/../../x");
    assert_eq!(failure["retryable"], false);
    assert!(failure["message"].as_str().unwrap().contains(archive));
    assert!(failure["hint"].is_string());

    let usage = world.run(&["--json", "install"]).exits(2).json_failure();
    assert_eq!(usage["kind"], "usage");
}

#[test]
fn progress_is_one_object_a_line() {
    let world = World::new();
    let archive = hello();
    let outcome = world
        .run(&[
            "--progress",
            "json",
            "-q",
            "install",
            archive.to_str().unwrap(),
        ])
        .succeeds();
    outcome.directory();
    let events: Vec<Value> = outcome
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let phases: Vec<_> = events
        .iter()
        .filter_map(|event| event["phase"].as_str())
        .collect();
    for phase in [
        "identify",
        "plan",
        "ingest",
        "materialize",
        "sync",
        "commit",
    ] {
        assert!(phases.contains(&phase), "no {phase} in {phases:?}");
    }
}
