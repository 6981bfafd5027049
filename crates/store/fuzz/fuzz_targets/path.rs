//! Any text: what is accepted as a path stays below what it is joined to, and the rules agree with the parser.
#![no_main]

use std::path::{Component, Path};

use linkstead_format::{PathRule, TreePath};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let parsed = TreePath::parse(text);
    assert_eq!(
        parsed.as_ref().err().copied(),
        PathRule::broken_by(text).next()
    );
    if let Ok(path) = parsed {
        assert_eq!(path.as_str(), text);
        let root = Path::new("/root");
        let joined = root.join(path.as_str());
        assert!(joined.starts_with(root) && joined != root);
        assert!(
            joined
                .components()
                .skip(2)
                .all(|component| matches!(component, Component::Normal(_)))
        );
        assert_eq!(path.components().count(), joined.components().count() - 2);
        assert!(
            path.components()
                .all(|component| !component.is_empty() && component.len() <= 255)
        );
    }
});
