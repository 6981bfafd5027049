//! Many files in one line: how many, and the names of the first few.

/// Such as `2 extra files ("a.txt", "b.txt")`. Quoted, because a server chose these names.
pub(super) fn extra_files(files: &[String]) -> String {
    const SHOWN: usize = 3;
    let count = match files.len() {
        1 => "an extra file".to_owned(),
        many => format!("{many} extra files"),
    };
    let shown: Vec<String> = files
        .iter()
        .take(SHOWN)
        .map(|file| format!("{file:?}"))
        .collect();
    let rest = match files.len().saturating_sub(SHOWN) {
        0 => "",
        _ => ", …",
    };
    format!("{count} ({}{rest})", shown.join(", "))
}
