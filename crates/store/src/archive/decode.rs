//! Decoding the data of one entry, exactly: neither more nor less than its size, with its CRC-32, its stream read to the last
//! byte. A bomb ends at its declared size and one byte.

use std::cell::RefCell;
use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use linkstead_fs::read_at::ReadAt;

use super::planned::{EntryData, Method};
use super::rule::Rule;

/// Bytes that are read, and that are inflated, at once.
const CHUNK: usize = 256 << 10;

/// The most that deflate can pack: 258 bytes in two bits.
const BEST_RATIO: u64 = 1032;

/// Why the data of an entry are not what the archive says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The archive cannot be read, or the sink failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There is more content than declared.
    #[error("it inflates to more than its size")]
    TooMuchData,
    /// There is less content than declared; this is how much was found.
    #[error("it inflates to {0} bytes only")]
    TooLittleData(u64),
    /// The content has this CRC-32, not the declared one.
    #[error("it has the CRC-32 {0:08x}")]
    CrcMismatch(u32),
    /// So many bytes follow the end of the deflate stream.
    #[error("{0} bytes follow the end of its deflate stream")]
    BytesAfterStream(u64),
    /// The deflate stream has no end.
    #[error("its deflate stream has no end")]
    TruncatedStream,
    /// The deflate stream cannot be read on, after so many bytes of content.
    #[error("its deflate stream is corrupt after {0} bytes of content")]
    CorruptStream(u64),
}

impl DecodeError {
    /// The rule that is broken. A failed read breaks none: callers tell it apart first.
    pub(crate) fn rule(&self) -> Rule {
        match self {
            DecodeError::Io(_) | DecodeError::CorruptStream(_) => Rule::CorruptStream,
            DecodeError::TooMuchData => Rule::TooMuchData,
            DecodeError::TooLittleData(_) => Rule::TooLittleData,
            DecodeError::CrcMismatch(_) => Rule::CrcMismatch,
            DecodeError::BytesAfterStream(_) => Rule::BytesAfterStream,
            DecodeError::TruncatedStream => Rule::TruncatedStream,
        }
    }

    /// The facts, where the rule alone does not say them.
    pub(crate) fn detail(&self) -> String {
        match self {
            DecodeError::TooMuchData | DecodeError::TruncatedStream => String::new(),
            DecodeError::Io(error) => error.to_string(),
            DecodeError::TooLittleData(size) => format!("{size} bytes"),
            DecodeError::CrcMismatch(crc32) => format!("it has {crc32:08x}"),
            DecodeError::BytesAfterStream(count) => format!("{count} bytes"),
            DecodeError::CorruptStream(size) => format!("after {size} bytes of content"),
        }
    }
}

thread_local! {
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Decodes an entry that is held in memory; `out` then holds its content and nothing else.
///
/// # Errors
/// The data are not exactly what the entry says. `out` is then of no use.
pub fn decode_whole(
    compressed: &[u8],
    entry: &EntryData,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    out.clear();
    match entry.method {
        Method::Stored => {
            check_size(entry.size, compressed.len() as u64)?;
            out.extend_from_slice(compressed);
        }
        Method::Deflate => INFLATER.with_borrow_mut(|inflater| {
            inflater.reset(false);
            inflate_whole(inflater, compressed, entry.size, out)
        })?,
    }
    check_crc(entry, crc32fast::hash(out))
}

fn inflate_whole(
    inflater: &mut Decompress,
    compressed: &[u8],
    size: u64,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    // The declared size is believed only as far as so many packed bytes can inflate. A buffer that was larger before may take
    // more than one byte too many, which is found out all the same.
    let possible = (compressed.len() as u64 + 1).saturating_mul(BEST_RATIO);
    out.reserve_exact(size.min(possible) as usize + 1);
    let status = inflater.decompress_vec(compressed, out, FlushDecompress::Finish);
    let found = out.len() as u64;
    if found > size {
        return Err(DecodeError::TooMuchData);
    }
    match status {
        Ok(Status::StreamEnd) => {
            let left = compressed.len() as u64 - inflater.total_in();
            check_stream_end(size, found, left)
        }
        Ok(_) => Err(DecodeError::TruncatedStream),
        Err(_) => Err(DecodeError::CorruptStream(found)),
    }
}

/// The buffers and the inflater of [`decode_stream`], to be used again.
pub struct Buffers {
    compressed: Vec<u8>,
    content: Vec<u8>,
    inflater: Decompress,
}

impl Default for Buffers {
    fn default() -> Self {
        Buffers {
            compressed: Vec::new(),
            content: Vec::new(),
            inflater: Decompress::new(false),
        }
    }
}

impl std::fmt::Debug for Buffers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Buffers")
    }
}

/// Decodes into what may fail for reasons of its own: its error comes back as it is, and not as a failure of the archive.
pub(crate) fn into_writer<T, E: std::fmt::Display>(
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
    decode: impl FnOnce(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> T,
) -> Result<T, E> {
    let mut failed = None;
    let decoded = decode(&mut |part| {
        write(part).map_err(|error| {
            let told = io::Error::other(error.to_string());
            failed = Some(error);
            told
        })
    });
    failed.map_or(Ok(decoded), Err)
}

/// Decodes an entry of any size in bounded memory; its content goes to `sink` piece by piece.
///
/// # Errors
/// As [`decode_whole`], and failures of reading and of the sink. What the sink has had is then of no use.
pub fn decode_stream(
    archive: &dyn ReadAt,
    entry: &EntryData,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), DecodeError> {
    let mut hasher = crc32fast::Hasher::new();
    let mut hashing_sink = |content: &[u8]| {
        hasher.update(content);
        sink(content)
    };
    match entry.method {
        Method::Stored => {
            check_size(entry.size, entry.compressed)?;
            copy(archive, entry, buffers, &mut hashing_sink)?;
        }
        Method::Deflate => inflate(archive, entry, buffers, &mut hashing_sink)?,
    }
    check_crc(entry, hasher.finalize())
}

fn copy(
    archive: &dyn ReadAt,
    entry: &EntryData,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    buffers.compressed.resize(CHUNK, 0);
    let mut done = 0;
    while done < entry.compressed {
        let part = &mut buffers.compressed[..CHUNK.min(at_most(entry.compressed - done))];
        archive.read_exact_at(part, entry.offset + done)?;
        sink(part)?;
        done += part.len() as u64;
    }
    Ok(())
}

fn inflate(
    archive: &dyn ReadAt,
    entry: &EntryData,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), DecodeError> {
    let Buffers {
        compressed,
        content,
        inflater,
    } = buffers;
    compressed.resize(CHUNK, 0);
    content.resize(CHUNK, 0);
    inflater.reset(false);
    let mut filled = 0..0;
    let mut read = 0;
    loop {
        if filled.is_empty() && read < entry.compressed {
            let part = &mut compressed[..CHUNK.min(at_most(entry.compressed - read))];
            archive.read_exact_at(part, entry.offset + read)?;
            filled = 0..part.len();
            read += part.len() as u64;
        }
        let (total_in, total_out) = (inflater.total_in(), inflater.total_out());
        let room = CHUNK.min(at_most((entry.size - total_out).saturating_add(1)));
        let status = inflater
            .decompress(
                &compressed[filled.clone()],
                &mut content[..room],
                FlushDecompress::None,
            )
            .map_err(|_| DecodeError::CorruptStream(inflater.total_out()))?;
        let consumed = (inflater.total_in() - total_in) as usize;
        let produced = (inflater.total_out() - total_out) as usize;
        filled.start += consumed;
        if inflater.total_out() > entry.size {
            return Err(DecodeError::TooMuchData);
        }
        if produced > 0 {
            sink(&content[..produced])?;
        }
        if status == Status::StreamEnd {
            let left = entry.compressed - inflater.total_in();
            return check_stream_end(entry.size, inflater.total_out(), left);
        }
        if consumed == 0 && produced == 0 && read == entry.compressed {
            return Err(DecodeError::TruncatedStream);
        }
    }
}

fn at_most(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn check_stream_end(size: u64, found: u64, left: u64) -> Result<(), DecodeError> {
    if left > 0 {
        return Err(DecodeError::BytesAfterStream(left));
    }
    check_size(size, found)
}

fn check_size(declared: u64, found: u64) -> Result<(), DecodeError> {
    match found.cmp(&declared) {
        std::cmp::Ordering::Less => Err(DecodeError::TooLittleData(found)),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(DecodeError::TooMuchData),
    }
}

fn check_crc(entry: &EntryData, found: u32) -> Result<(), DecodeError> {
    if found == entry.crc32 {
        Ok(())
    } else {
        Err(DecodeError::CrcMismatch(found))
    }
}
