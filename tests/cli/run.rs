//! `run`: the bundle's own server, started as its MCPB manifest says, with what its user chose.

use std::process::Command;

use serde_json::{Value, json};

use crate::archives::Zip;
use crate::outcome::Outcome;
use crate::world::{World, finish};

/// A server that tells its arguments, its directory and some of its environment.
const TELLER: &[u8] = b"import json, os, sys\n\
    names = ('KEY', 'DIRS', 'MODE', 'LINKSTEAD_CONFIG_KEY')\n\
    env = {name: os.environ[name] for name in names if name in os.environ}\n\
    print(json.dumps({'args': sys.argv[1:], 'env': env, 'here': os.getcwd()}))\n";

fn with_server(server: &Value, options: &Value) -> World {
    let manifest = json!({"manifest_version": "0.4", "name": "teller", "version": "1",
        "server": server, "user_config": options});
    let zip = Zip::default()
        .file("manifest.json", manifest.to_string().as_bytes())
        .file("server/main.py", TELLER)
        .file("teller.py", TELLER)
        .file_with_mode(
            "bin/tell",
            b"#!/bin/sh\nexec python3 server/main.py \"$@\"\n",
            0o755,
        );
    let world = World::new();
    world.install(&world.file("teller.mcpb", zip.bytes()));
    world
}

fn teller() -> World {
    with_server(
        &json!({"type": "python", "entry_point": "server/main.py", "mcp_config": {
            "command": "python3",
            "args": ["${__dirname}${/}server/main.py", "--max=${user_config.max}", "${user_config.dirs}",
                "${user_config.mode}", "${HOME}", "${DOWNLOADS}"],
            "env": {"KEY": "${user_config.key}", "MODE": "${user_config.mode}", "DIRS": "${user_config.dirs}"}}}),
        &json!({
            "key": {"type": "string", "title": "Key", "description": "A key", "sensitive": true, "required": true},
            "max": {"type": "number", "title": "Max", "description": "A limit", "default": 10, "min": 1, "max": 100},
            "dirs": {"type": "directory", "title": "Dirs", "description": "Places", "multiple": true},
            "mode": {"type": "string", "title": "Mode", "description": "A mode"}}),
    )
}

fn run(world: &World, arguments: &[&str]) -> Command {
    let mut command = world.command(&[&["run"][..], arguments].concat());
    command
        .env("HOME", "/home/me")
        .env_remove("XDG_CONFIG_HOME")
        .env("LINKSTEAD_CONFIG_KEY", "secret")
        .current_dir("/tmp");
    command
}

fn told(outcome: Outcome) -> Value {
    outcome.succeeds().json()
}

// Seen to fail when several values stay one argument, and when an unset option leaves an empty one.
#[test]
fn what_the_manifest_says_is_started_with_what_the_user_chose() {
    let world = teller();
    let directory = world.run(&["path", "teller"]).succeeds().directory();
    let plain = told(finish(run(&world, &["teller"])));
    assert_eq!(
        plain["args"],
        json!(["--max=10", "/home/me", "/home/me/Downloads"])
    );
    assert_eq!(plain["env"], json!({"KEY": "secret"}));
    assert_eq!(plain["here"], directory.to_str().unwrap());

    let chosen = told(finish(run(
        &world,
        &[
            "teller@1",
            "--config",
            "max=20",
            "--config",
            "dirs=a b",
            "--config",
            "dirs=/c",
            "--config",
            "mode=fast",
            "--",
            "--more",
            "-x",
        ],
    )));
    assert_eq!(
        chosen["args"],
        json!([
            "--max=20",
            "/tmp/a b",
            "/c",
            "fast",
            "/home/me",
            "/home/me/Downloads",
            "--more",
            "-x"
        ])
    );
    assert_eq!(
        chosen["env"],
        json!({"KEY": "secret", "DIRS": "/tmp/a b:/c", "MODE": "fast"})
    );
}

// Seen to fail when files count more than values.
#[test]
fn values_count_more_than_files_and_files_more_than_the_environment() {
    let world = teller();
    let first = world.file(
        "first.json",
        r#"{"max": 30, "mode": "first", "key": "of the file"}"#,
    );
    let second = world.file("second.json", r#"{"mode": "second", "dirs": ["/x"]}"#);
    let mut command = run(
        &world,
        &[
            "teller",
            "--config",
            "max=50",
            "--config",
            first.to_str().unwrap(),
            "--config",
            second.to_str().unwrap(),
        ],
    );
    command
        .env("LINKSTEAD_CONFIG_MODE", "of the environment")
        .env("LINKSTEAD_CONFIG_DIRS", r#"["/y", "/z"]"#);
    let chosen = told(finish(command));
    assert_eq!(
        chosen["args"].as_array().unwrap()[..3],
        [json!("--max=50"), json!("/x"), json!("second")]
    );
    assert_eq!(chosen["env"]["KEY"], "of the file");
    let mut command = run(&world, &["teller"]);
    command.env("LINKSTEAD_CONFIG_DIRS", r#"["/y", "/z"]"#);
    assert_eq!(told(finish(command))["env"]["DIRS"], "/y:/z");
}

// Seen to fail when a sensitive value is taken from the command line.
#[test]
fn what_cannot_be_is_said_before_anything_starts() {
    let world = teller();
    let mut without = run(&world, &["teller"]);
    without.env_remove("LINKSTEAD_CONFIG_KEY");
    finish(without).fails_saying(&[
        "the server of teller@1 cannot be started: its option \"key\" is required and has no value",
        "hint: ",
        "LINKSTEAD_CONFIG_KEY",
    ]);
    let secret = finish(run(&world, &["teller", "--config", "key=s3cret"])).exits(2);
    assert!(secret.stderr.contains("key is sensitive"), "{secret:#?}");
    assert!(
        secret.stderr.contains("LINKSTEAD_CONFIG_KEY"),
        "{secret:#?}"
    );
    assert!(
        secret.stderr.contains("hint: linkstead run --help"),
        "{secret:#?}"
    );
    finish(run(&world, &["teller", "--config", "no-such-file.json"])).fails_saying(&[
        "cannot read the configuration no-such-file.json",
        "hint: look at the path; a value is written KEY=VALUE",
    ]);
    for (config, said) in [
        (
            "max=1000",
            "its option \"max\" must be a number from 1 to 100",
        ),
        (
            "max=ten",
            "its option \"max\" must be a number, and is other text",
        ),
        ("mod=fast", "its option \"mod\" is no option of this bundle"),
    ] {
        finish(run(&world, &["teller", "--config", config])).fails_saying(&[said, "hint: "]);
    }
    let wrong = world.file("wrong.json", r#"{"max": "20"}"#);
    finish(run(
        &world,
        &["teller", "--config", wrong.to_str().unwrap()],
    ))
    .fails_saying(&["its option \"max\" must be a number, and is text"]);
    assert_eq!(
        world.run(&["leases", "--json"]).succeeds().json(),
        json!([])
    );
}

#[test]
fn every_type_of_server_is_started() {
    for server in [
        json!({"type": "python", "entry_point": "server/main.py"}),
        json!({"type": "python", "entry_point": "teller"}),
        json!({"type": "python", "entry_point": "teller", "mcp_config": {"command": "python", "args": ["-m", "teller"]}}),
        json!({"type": "binary", "entry_point": "bin/tell", "mcp_config": {"command": "bin/tell"}}),
        json!({"type": "binary", "entry_point": "bin/tell"}),
        json!({"type": "node", "entry_point": "x.js", "mcp_config": {"command": "none", "platform_overrides": {
            "linux": {"command": "sh", "args": ["bin/tell"]}, "darwin": {"command": "sh", "args": ["bin/tell"]}}}}),
        json!({"type": "uv", "entry_point": "teller", "mcp_config": {"command": "python3", "args": ["teller.py"]}}),
    ] {
        let world = with_server(&server, &json!({}));
        let plain = told(finish(run(&world, &["teller", "--", "more"])));
        assert_eq!(plain["args"], json!(["more"]), "{server}");
    }
    let world = with_server(&json!({"type": "uv", "entry_point": "teller"}), &json!({}));
    let mut command = run(&world, &["teller"]);
    command.env("PATH", "/nowhere");
    let missing = finish(command).exits(127);
    assert!(missing.stderr.contains("cannot run uv"), "{missing:#?}");
}

#[test]
fn what_says_not_how_it_is_started_can_be_started_otherwise() {
    let world = World::new();
    let zip = world.file("tools.zip", Zip::default().file("tool", b"x").bytes());
    let plain = ["install", zip.to_str().unwrap(), "--as", "tools@1"];
    world.run(&plain).succeeds();
    world.run(&["run", "tools"]).fails_saying(&[
        "its MCPB manifest is missing",
        "hint: ",
        "linkstead exec",
    ]);
}

// Seen to fail when such a variable counts as absent.
#[test]
fn a_variable_that_is_no_text_is_named() {
    use std::os::unix::ffi::OsStrExt as _;

    let world = teller();
    let mut command = run(&world, &["teller"]);
    let bytes = std::ffi::OsStr::from_bytes(b"caf\xe9");
    command.env("LINKSTEAD_CONFIG_MODE", bytes);
    let outcome = finish(command).exits(2);
    assert!(
        outcome.stderr.contains("LINKSTEAD_CONFIG_MODE"),
        "{outcome:#?}"
    );
}

#[test]
fn a_default_that_is_wrong_can_be_passed_over() {
    let options = json!({"max": {"type": "number", "title": "Max", "description": "A limit", "default": "ten"}});
    let server = json!({"type": "python", "entry_point": "server/main.py", "mcp_config": {
        "command": "python3", "args": ["server/main.py", "${user_config.max}"]}});
    let world = with_server(&server, &options);
    world.run(&["run", "teller"]).fails_saying(&[
        "its option \"max\" has a default in the MCPB manifest that is wrong",
        "hint: give the value yourself: --config max=VALUE",
    ]);
    let given = told(world.run(&["run", "teller", "--config", "max=10"]));
    assert_eq!(given["args"], json!(["10"]));
}
