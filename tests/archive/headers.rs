//! Refused: headers that differ from each other, or from themselves.

use linkstead_store::archive::Rule;

use crate::builder::*;
use crate::verdicts::*;

fn local_lie(lie: impl Fn(&mut Header)) -> Archive {
    archive([file("a", "aaaaaaaaaa").local(lie), file("z", "x")])
}

#[test]
fn another_name() {
    refused(
        Rule::NameDiffers,
        local_lie(|header| header.name = b"b".to_vec()),
    );
    refused(
        Rule::NameDiffers,
        local_lie(|header| header.name = b"a/b".to_vec()),
    );
    refused(
        Rule::NameDiffers,
        local_lie(|header| header.name = Vec::new()),
    );
}

#[test]
fn another_method() {
    refused(Rule::MethodDiffers, local_lie(|header| header.method = 0));
}

#[test]
fn other_sizes() {
    refused(Rule::SizesDiffer, local_lie(|header| header.size += 1));
    refused(
        Rule::SizesDiffer,
        local_lie(|header| header.compressed += 1),
    );
    refused(Rule::SizesDiffer, local_lie(|header| header.size = 0));
    let streamed = file("a", "aaaa").streamed(Descriptor::Bytes16);
    refused(
        Rule::SizesDiffer,
        archive([streamed.local(|header| header.size = 7)]),
    );
}

#[test]
fn another_crc() {
    refused(Rule::CrcDiffers, local_lie(|header| header.crc32 ^= 1));
    let streamed = file("a", "aaaa").streamed(Descriptor::Bytes16);
    refused(
        Rule::CrcDiffers,
        archive([streamed.local(|header| header.crc32 = 7)]),
    );
}

#[test]
fn a_flag_that_matters() {
    // That a descriptor follows, by the directory alone.
    refused(
        Rule::FlagsDiffer,
        archive([file("a", "x").central(|header| header.flags |= DESCRIPTOR_FLAG)]),
    );
    refused(
        Rule::FlagsDiffer,
        archive([file("é", "x").local(|header| header.flags = 0)]),
    );
}

#[test]
fn extra_fields_that_run_past_their_end() {
    let mut long = extra(0x4242, b"abc");
    long[2] = 9;
    refused(
        Rule::ExtraFieldMalformed,
        archive([file("a", "x").central(|header| header.extra = long.clone())]),
    );
    refused(
        Rule::ExtraFieldMalformed,
        archive([file("a", "x").local(|header| header.extra = long.clone())]),
    );
    refused(
        Rule::ExtraFieldMalformed,
        archive([file("a", "x").local(|header| header.extra = vec![1, 2])]),
    );
}

#[test]
fn a_descriptor_with_other_values() {
    use Descriptor::*;
    for form in [Bytes12, Bytes16, Bytes20, Bytes24] {
        for lie in 0..3 {
            let entry = file("a", "aaaaaaaaaa");
            let (crc32, compressed, size) = (
                entry.central.crc32,
                entry.data.len() as u64,
                entry.content.len() as u64,
            );
            let descriptor = match lie {
                0 => descriptor(form, crc32 ^ 1, compressed, size),
                1 => descriptor(form, crc32, compressed + 1, size),
                _ => descriptor(form, crc32, compressed, size + 1),
            };
            let lying = entry
                .streamed(form)
                .with(|entry| entry.descriptor = descriptor.clone());
            refused(Rule::DescriptorDiffers, archive([lying, file("z", "x")]));
        }
    }
}

#[test]
fn a_descriptor_that_is_missing() {
    let missing = file("a", "x")
        .streamed(Descriptor::Bytes16)
        .with(|entry| entry.descriptor.clear());
    refused(Rule::DescriptorDiffers, archive([missing]));
}

#[test]
fn a_descriptor_that_no_flag_announces_is_a_gap() {
    let silent = file("a", "x").with(|entry| {
        entry.descriptor = descriptor(
            Descriptor::Bytes16,
            entry.central.crc32,
            entry.data.len() as u64,
            1,
        );
    });
    refused(Rule::Gap, archive([silent]));
}

#[test]
fn stored_with_a_descriptor() {
    refused(
        Rule::StoredWithDescriptor,
        archive([stored("a", "x").streamed(Descriptor::Bytes16)]),
    );
}

#[test]
fn stored_with_two_sizes() {
    refused_and_backed(
        Rule::StoredSizesDiffer,
        Rule::TooLittleData,
        archive([stored("a", "x").both(|header| header.size = 2)]),
    );
}
