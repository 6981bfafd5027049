//! Every call of the engine that a mutant can leave out, read from its sources, so that none is forgotten because no operation
//! passes it.
//!
//! A call is known by its function, its file and its line, as the boundary tells them. A method of the engine that is
//! `#[track_caller]` hands on: the boundary is told of its callers in its place, and so they are the call sites.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use walkdir::WalkDir;

/// Functions of `linkstead-fs` that sync, name, lock, tell the epoch or look again, as its boundary calls them.
const LEFT_OUT: [&str; 24] = [
    "FileLock::set_mtime",
    "FileLock::still_names",
    "Filesystem::sync",
    "RandomAccessFile::sync",
    "SyncBatch::sync",
    "claim_file",
    "exchange",
    "lock_dir",
    "lock_file",
    "look_again",
    "move_aside",
    "move_directory_aside",
    "publish",
    "put_file",
    "rename_no_replace",
    "rename_over",
    "replace_file",
    "sync_dir",
    "sync_dir_if_present",
    "sync_file",
    "sync_tree",
    "try_lock_dir",
    "try_lock_existing",
    "try_lock_file",
];

/// Those that do nothing of the kind.
const MADE: [&str; 22] = [
    "DirHandle::create_dir",
    "DirHandle::hard_link",
    "NewFile::create",
    "RandomAccessFile::create_new",
    "RandomAccessFile::set_len",
    "RandomAccessFile::write_all_at",
    "begin_copy",
    "capabilities",
    "copy",
    "create_dir",
    "create_dirs",
    "give",
    "hard_link",
    "kept",
    "reflink",
    "remove_empty_dir",
    "remove_file",
    "remove_tree",
    "set_mtime",
    "symlink",
    "touch",
    "write_new",
];

/// The engine, and what it stands on.
const ENGINE: &str = "crates/store/src";
const FLOOR: &str = "crates/fs/src";

/// One call in the sources of the engine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallSite {
    file: String,
    line: usize,
    function: String,
}

impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CallSite {
            file,
            line,
            function,
        } = self;
        write!(f, "{function} at {file}:{line}")
    }
}

/// What these points, which all operations together pass, leave to wish for.
pub(crate) fn forgotten<'p>(points: impl Iterator<Item = &'p String>) -> Vec<String> {
    let written = Source::of_all(ENGINE);
    let written = resolved(written.iter().flat_map(Source::calls).collect());
    let passed: BTreeSet<CallSite> = points.filter_map(|point| of_point(point)).collect();
    let unpassed = written.difference(&passed);
    let unread = passed.difference(&written);
    unpassed
        .map(|site| format!("no operation passes {site}"))
        .chain(unread.map(|site| format!("it is passed, and not found in the sources: {site}")))
        .chain(unknown_functions())
        .collect()
}

/// Whether the engine calls there, and not the harness.
pub(crate) fn is_of_the_engine(point: &str) -> bool {
    point.contains(&format!(" at {ENGINE}/"))
}

/// `SyncDir sync_dir at crates/store/src/refs.rs:231 refs`.
fn of_point(point: &str) -> Option<CallSite> {
    let mut words = point.split(' ').skip(1);
    let function = spelled(words.next()?);
    let (file, line) = words.nth(1)?.rsplit_once(':')?;
    can_be_left_out(&function).then_some(CallSite {
        file: file.to_owned(),
        line: line.parse().ok()?,
        function,
    })
}

/// A method as it is called: which type it is of is not to be seen there.
fn spelled(function: &str) -> String {
    match function.rsplit_once("::") {
        Some((_, method)) => format!(".{method}"),
        None => function.to_owned(),
    }
}

fn can_be_left_out(function: &str) -> bool {
    LEFT_OUT.iter().any(|known| spelled(known) == function)
}

/// A new function that passes the boundary must be put into one of the lists.
fn unknown_functions() -> Vec<String> {
    let sources = Source::of_all(FLOOR);
    let sites = sources.iter().flat_map(|source| {
        let parts = source.text.split("Site::of(\"").skip(1);
        parts.filter_map(|part| part.split('"').next())
    });
    sites
        .filter(|function| !LEFT_OUT.contains(function) && !MADE.contains(function))
        .map(|function| format!("whether {function} can be left out is not said"))
        .collect()
}

/// A call as it is written: perhaps of a method that hands on, perhaps in one.
struct Written {
    site: CallSite,
    handed_on_by: Option<String>,
}

/// The calls that the boundary is told of.
fn resolved(written: Vec<Written>) -> BTreeSet<CallSite> {
    let mut handed_on: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for call in &written {
        if let Some(by) = &call.handed_on_by {
            let calls = handed_on.entry(by).or_default();
            calls.insert(&call.site.function);
        }
    }
    let sites = written.iter().filter(|call| call.handed_on_by.is_none());
    sites
        .flat_map(|call| {
            let functions = in_the_end(&call.site.function, &handed_on);
            functions.into_iter().map(|function| CallSite {
                function: function.to_owned(),
                ..call.site.clone()
            })
        })
        .collect()
}

fn in_the_end<'w>(
    function: &'w str,
    handed_on: &BTreeMap<&'w str, BTreeSet<&'w str>>,
) -> Vec<&'w str> {
    if can_be_left_out(function) {
        return vec![function];
    }
    // Functions that hand on are known as methods are, by the name alone.
    let method = |by: &&str| by.trim_start_matches('.') == function.trim_start_matches('.');
    let calls = handed_on.iter().filter(|(by, _)| method(by));
    let calls = calls.flat_map(|(_, calls)| calls);
    calls.flat_map(|call| in_the_end(call, handed_on)).collect()
}

/// One source file, without its tests.
struct Source {
    file: String,
    text: String,
}

impl Source {
    fn of_all(directory: &str) -> Vec<Source> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        WalkDir::new(workspace.join(directory))
            .sort_by_file_name()
            .into_iter()
            .map(|entry| entry.expect("the sources are here").into_path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| {
                let text = std::fs::read_to_string(&path).expect("a source");
                let file = path.strip_prefix(&workspace).expect("it was found there");
                let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
                Source {
                    file: file.to_str().expect("a plain name").to_owned(),
                    text: text.to_owned(),
                }
            })
            .collect()
    }

    /// What is laid out by `rustfmt` ends where a brace stands below its beginning.
    fn calls(&self) -> Vec<Written> {
        let mut calls = Vec::new();
        let mut hands_on: Option<(String, String)> = None;
        let mut is_announced = false;
        for (index, line) in self.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let trimmed = code.trim();
            if let Some((_, end)) = &hands_on
                && code == end
            {
                hands_on = None;
            }
            if is_announced && let Some(name) = declared(trimmed) {
                let indent = code.len() - code.trim_start().len();
                hands_on = Some((name, format!("{}}}", &code[..indent])));
                is_announced = false;
            }
            is_announced |= trimmed == "#[track_caller]";
            calls.extend(called(code).map(|function| Written {
                site: CallSite {
                    file: self.file.clone(),
                    line: index + 1,
                    function: function.to_owned(),
                },
                handed_on_by: hands_on.as_ref().map(|(name, _)| name.clone()),
            }));
        }
        calls
    }
}

/// The method that a line declares.
fn declared(line: &str) -> Option<String> {
    let (_, declared) = line.split_once("fn ")?;
    let name = declared.split(['(', '<']).next()?;
    Some(format!(".{name}"))
}

/// What a line calls: methods with their dots, functions without their modules.
fn called(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices('(').filter_map(|(at, _)| {
        let before = code[..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
        let from = match before.ends_with('.') {
            true => before.len() - 1,
            false => before.len(),
        };
        let name = &code[from..at];
        (!name.is_empty() && !before.ends_with("fn ")).then_some(name)
    })
}
