//! What a power cut may leave of a block device.
//!
//! All writes that had ended before the last flush was asked for are there. Of the later ones none is sure: they are lost, kept
//! up to one of them, kept in any selection, and now and then one of them is torn: some of its sectors are new, some are old.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::block_image::BlockImage;
use crate::block_recording::BlockRecording;
use crate::dice::Dice;
use crate::recording::Mark;

/// Bytes of a sector, which is written whole or not.
const SECTOR: usize = 512;

/// Writes that are torn at most, in one cut.
const TORN: usize = 3;

/// What a power cut left.
#[derive(Debug)]
pub struct BlockRemains {
    /// The device.
    pub image: BlockImage,
    /// Everything about the deeds that was known by then.
    pub marks: Vec<Mark>,
    /// What happened, for a report.
    pub account: String,
}

/// How the writes fare that no flush covers.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Lost,
    UpTo(usize),
    Selected,
}

/// Cuts the power at a random moment since the first deed began. A tear spares these bytes of the disk: it leaves all of them old or
/// all of them new.
#[must_use]
pub fn cut(recording: &BlockRecording, spared: &Range<u64>, dice: &mut Dice) -> BlockRemains {
    let beginning = recording.beginning();
    let moment = beginning + 1 + dice.below(recording.events.len() - beginning);
    let unsure = unsure(recording, moment).len();
    let fate = match dice.below(4) {
        0 => Fate::Lost,
        1 => Fate::UpTo(unsure),
        2 => Fate::UpTo(dice.below(unsure + 1)),
        _ => Fate::Selected,
    };
    let tears = match dice.below(2) {
        0 => 0,
        _ => 1 + dice.below(TORN),
    };
    remains(recording, moment, fate, tears, spared, dice)
}

/// Cuts the power at the end, and loses everything that no flush covers.
#[must_use]
pub fn cut_at_the_end(recording: &BlockRecording) -> BlockRemains {
    let end = recording.events.len();
    remains(recording, end, Fate::Lost, 0, &(0..0), &mut Dice::new(0))
}

/// The writes before this moment that no flush covers, by their places among the events.
fn unsure(recording: &BlockRecording, moment: usize) -> Vec<usize> {
    let events = recording.durable(moment)..moment;
    let is_write = |index: &usize| recording.written(&recording.events[*index]).is_some();
    events.filter(is_write).collect()
}

fn remains(
    recording: &BlockRecording,
    moment: usize,
    fate: Fate,
    tears: usize,
    spared: &Range<u64>,
    dice: &mut Dice,
) -> BlockRemains {
    let mut image = recording.base.clone();
    let durable = recording.durable(moment);
    for event in &recording.events[..durable] {
        if let Some((offset, bytes)) = recording.written(event) {
            image.apply(offset, bytes);
        }
    }
    let unsure = unsure(recording, moment);
    let torn = torn(&unsure, fate, tears, dice);
    for (place, index) in unsure.iter().enumerate() {
        let event = &recording.events[*index];
        let (offset, bytes) = recording.written(event).expect("only writes are unsure");
        if let Some(habit) = torn.get(&place) {
            tear(&mut image, (offset, bytes), spared, *habit, dice);
            continue;
        }
        let is_kept = match fate {
            Fate::Lost => false,
            Fate::UpTo(end) => place < end,
            Fate::Selected => dice.below(2) == 0,
        };
        if is_kept {
            image.apply(offset, bytes);
        }
    }
    BlockRemains {
        image,
        marks: recording.marks(moment),
        account: format!(
            "cut after {moment} of {} events, {} of them not flushed, {fate:?}, torn {torn:?}",
            recording.events.len(),
            unsure.len(),
        ),
    }
}

/// How a torn write fares.
#[derive(Debug, Clone, Copy)]
enum Tear {
    /// Its first sectors are new.
    Ends,
    /// Any of its sectors are.
    Scattered,
}

/// Which of the unsure writes are torn, by their places among these; one that is under way when a prefix ends, first of all.
fn torn(unsure: &[usize], fate: Fate, tears: usize, dice: &mut Dice) -> BTreeMap<usize, Tear> {
    let mut torn = BTreeMap::new();
    for number in 0..tears.min(unsure.len()) {
        let place = match fate {
            Fate::UpTo(end) if number == 0 && end < unsure.len() => end,
            _ => dice.below(unsure.len()),
        };
        torn.insert(place, *dice.pick(&[Tear::Ends, Tear::Scattered]));
    }
    torn
}

fn tear(
    image: &mut BlockImage,
    (offset, bytes): (u64, &[u8]),
    spared: &Range<u64>,
    habit: Tear,
    dice: &mut Dice,
) {
    let end = dice.below(bytes.len().div_ceil(SECTOR) + 1);
    let mut together = None;
    for (number, part) in bytes.chunks(SECTOR).enumerate() {
        let at = offset + (number * SECTOR) as u64;
        let mut is_new = match habit {
            Tear::Ends => number < end,
            Tear::Scattered => dice.below(2) == 0,
        };
        if spared.start < at + part.len() as u64 && at < spared.end {
            is_new = *together.get_or_insert(is_new);
        }
        if is_new {
            image.apply(at, part);
        }
    }
}
