//! The tables of the manifest; nothing else names a table. Keys and values are encoded by `linkstead-format`.

use linkstead_format::manifest_rows as rows;
use redb::TableDefinition;

pub(super) const BUNDLES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(rows::BUNDLES);
pub(super) const ARCHIVES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(rows::ARCHIVES);
pub(super) const STREAMS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(rows::STREAMS);
pub(super) const STATE: TableDefinition<'_, &str, u64> = TableDefinition::new(rows::STATE);

/// The key of the newest record's sequence in [`STATE`].
pub(super) const SEQUENCE: &str = "sequence";
