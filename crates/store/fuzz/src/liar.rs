//! An archive made of random lies: unlike random bytes it is nearly right, so that every check is reached.

use arbitrary::{Result, Unstructured};

use crate::builder::*;

const NAMES: [&str; 14] = [
    "a",
    "b",
    "A",
    "a/b",
    "a/",
    "b/c/",
    "./a",
    "../a",
    "a/../b",
    "é",
    "e\u{301}",
    "con",
    "manifest.json",
    "l",
];
const TARGETS: [&str; 8] = ["a", "../a", "a/b", "/a", "l", "", "b/c/..", "./a"];

/// The bytes of an archive with up to five entries and up to eight lies.
pub fn archive_of_lies(choices: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut entries = Vec::new();
    for _ in 0..choices.int_in_range(0..=5)? {
        entries.push(an_entry(choices)?);
    }
    let mut whole = archive(entries);
    for _ in 0..choices.int_in_range(0..=8)? {
        a_lie(&mut whole, choices)?;
    }
    let mut bytes = whole.bytes();
    for _ in 0..choices.int_in_range(0..=2)? {
        if !bytes.is_empty() {
            let at = choices.choose_index(bytes.len())?;
            bytes[at] = choices.arbitrary()?;
        }
    }
    Ok(bytes)
}

fn an_entry(choices: &mut Unstructured<'_>) -> Result<Entry> {
    let name = *choices.choose(&NAMES)?;
    let content: &[u8] = choices.arbitrary()?;
    let content = &content[..content.len().min(40)];
    Ok(match choices.int_in_range(0..=4)? {
        0 => stored(name, content),
        1 => link(name, choices.choose(&TARGETS)?),
        2 => directory(format!("{}/", name.trim_end_matches('/'))),
        3 => {
            let forms = [
                Descriptor::Bytes12,
                Descriptor::Bytes16,
                Descriptor::Bytes20,
                Descriptor::Bytes24,
            ];
            file(name, content).streamed(*choices.choose(&forms)?)
        }
        _ => file(name, content),
    })
}

fn a_lie(whole: &mut Archive, choices: &mut Unstructured<'_>) -> Result<()> {
    if choices.ratio(1, 3)? || whole.entries.is_empty() {
        return a_lie_of_the_end(whole, choices);
    }
    let at = choices.choose_index(whole.entries.len())?;
    let entry = &mut whole.entries[at];
    match choices.int_in_range(0..=8)? {
        0 => entry.mode = u32::from(choices.arbitrary::<u16>()?),
        1 => entry.junk_before = choices.arbitrary()?,
        2 => entry.descriptor = choices.arbitrary()?,
        3 => entry.said_offset = Some(choices.int_in_range(0..=200)?),
        4 => entry.host = choices.arbitrary()?,
        5 => entry.comment = choices.arbitrary()?,
        6 => *entry = entry.clone().zip64(),
        7 => a_lie_of_a_header(&mut entry.local, choices)?,
        _ => a_lie_of_a_header(&mut entry.central, choices)?,
    }
    Ok(())
}

fn a_lie_of_a_header(header: &mut Header, choices: &mut Unstructured<'_>) -> Result<()> {
    match choices.int_in_range(0..=7)? {
        0 => header.flags ^= 1 << choices.int_in_range(0..=15)?,
        1 => header.method = *choices.choose(&[0, 8, 9, 99])?,
        2 => header.crc32 = choices.arbitrary()?,
        3 => header.compressed = *choices.choose(&[0, 1, 30, u32::MAX])?,
        4 => header.size = *choices.choose(&[0, 1, 30, u32::MAX])?,
        5 => header.name = choices.arbitrary()?,
        6 => header.extra.extend(zip64_field(choices.choose(&[
            &[][..],
            &[0],
            &[1, 1],
            &[0, 0, 0],
        ])?)),
        _ => header.extra = choices.arbitrary()?,
    }
    Ok(())
}

fn a_lie_of_the_end(whole: &mut Archive, choices: &mut Unstructured<'_>) -> Result<()> {
    match choices.int_in_range(0..=7)? {
        0 => whole.before_directory = choices.arbitrary()?,
        1 => whole.after_directory = choices.arbitrary()?,
        2 => whole.comment = choices.arbitrary()?,
        3 => whole.comment_length = Some(choices.arbitrary()?),
        4 => whole.after_end = choices.arbitrary()?,
        5 => whole.after_end = signature_block(choices.arbitrary()?),
        6 => whole.comment = signature_block(choices.arbitrary()?),
        _ => {
            let mut zip64 = Zip64End::default();
            if choices.ratio(1, 2)? {
                zip64.extensible_data = choices.arbitrary()?;
            }
            whole.zip64 = Some(zip64);
        }
    }
    Ok(())
}
