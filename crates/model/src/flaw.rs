//! The known-wrong variants of the protocol.
//!
//! Each is a shortcut that somebody may think of. The checker must refute each with a counterexample: this is the proof that the
//! model has teeth, and each variant is a sentence of section 14 that must not be dropped.

macro_rules! flaws {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// One way to get the protocol wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Flaw {
            $($(#[doc = $doc])+ $name,)+
            /// Two gcs at a time. Each batch reads all records and roots anew under the exclusive lock, so this costs only work.
            TwoGcs,
            /// Remove deletes the receipt after the record but before it moves the directory: an orphan is doomed either way.
            RemoveReceiptBeforeDirectory,
            /// The same, and then the files are deleted where they lie: what remove does on the lower layer of an overlay. Harmless
            /// because install syncs the directory's place before it writes a receipt there.
            RemoveInPlace,
        }

        impl Flaw {
            /// Every flaw that the checker must refute.
            pub const REFUTED: &'static [Flaw] = &[$(Flaw::$name,)+];

            /// Variants that look wrong and that no exploration refutes: the rules against them are tidiness, not safety.
            pub const HARMLESS: &'static [Flaw] = &[Flaw::TwoGcs, Flaw::RemoveReceiptBeforeDirectory, Flaw::RemoveInPlace];
        }
    };
}

flaws! {
    /// Sweep does not protect what was recorded since the mark (I5).
    SweepIgnoresNewRecords,
    /// Sweep does not read the refs again (I5).
    SweepIgnoresNewRefs,
    /// Sweep does not protect a record that it skipped because its directory was locked.
    SweepForgetsSkipped,
    /// Sweep protects records newer than the mark by their sequence, which begins anew when the manifest is rebuilt.
    SweepTrustsSequence,
    /// gc takes a lost manifest for one without records.
    LostManifestMeansEmpty,
    /// A record is deleted, or left out of a rebuild, while the absence of its ref is not durable.
    AbsentRefTrusted,
    /// A gc batch waits for the store lock without the turnstile.
    GcWithoutTurnstile,
    /// The recovery of a gc waits for the store lock without the turnstile.
    GcRecoveryWithoutTurnstile,
    /// Whatever lies in `trash/` is deleted, also what was moved there a moment ago and not synced.
    TrashUnsettled,
    /// Install does not link back an object that a sweep took.
    NoLinkBack,
    /// Whoever takes names of objects away leaves the epoch alone.
    EpochLeftAlone,
    /// An epoch is begun and not ended: who reads it in the middle of a sweep finds it unchanged after the sweep.
    EpochNotEnded,
    /// An epoch is ended and was not begun: a sweep that dies leaves it unchanged.
    EpochNotBegun,
    /// Install reads the epoch when it has looked at the objects already.
    EpochReadLate,
    /// Install reads the epoch when it has looked at the tree already.
    EpochReadAfterTree,
    /// Install takes a tree that it saw for one that is there, whatever the epoch says.
    SeenTreeTrusted,
    /// An object gets its name before its bytes are synced (I1).
    ObjectNamedBeforeSync,
    /// The staged directory is published before it is synced (I2).
    PublishUnsyncedTree,
    /// The directories of the objects are not synced before publish (I4).
    PublishBeforeObjectSync,
    /// The record is written before the publish is synced (I3).
    RecordBeforePublishSync,
    /// The ref is written before the record (I3).
    RefBeforeRecord,
    /// A ref that already says the right thing is not made durable again (I7).
    EqualRefUnsynced,
    /// A directory without a record is moved away although somebody holds its lock.
    OrphanDoomedUnderLease,
    /// An orphan that looks right is recorded instead of doomed (I3).
    OrphanReused,
    /// A window waits for the store lock while it holds the lock of the bundle's name.
    NameBeforeStore,
    /// A window is held without the lock of the bundle's name.
    WindowWithoutName,
    /// A manifest is created on demand although there are refs.
    FreshManifestBesideRefs,
    /// Remove moves the directory away before it deletes the record (I4).
    RemoveDirectoryBeforeRecord,
    /// Remove deletes the receipt before the record (I4).
    RemoveReceiptBeforeRecord,
    /// Remove deletes the record before the deleted ref is synced (I4).
    RemoveRefUnsynced,
    /// Remove deletes the directory's files where it lies, before its receipt is gone (I2).
    RemoveFilesBeforeReceipt,
    /// Remove does not take the directory's lock.
    RemoveWithoutDirectoryLock,
    /// Remove makes a version current that no ref names.
    SuccessorWithoutRef,
    /// `use` and remove rely on a ref that somebody else may not have synced.
    CurrentBeforeRefSync,
    /// A policy takes what was not current when it was planned, whatever it is by now.
    PolicyTrustsPlan,
    /// A policy deletes the record before the deleted ref is synced (I4).
    PolicyRefUnsynced,
    /// Remove parks a directory that is held, where it was told that it may wait.
    IdleIgnored,
    /// A lease does not look again after locking.
    LeaseWithoutRecheck,
    /// Recovery judges without the exclusive store lock.
    RecoveryWithoutStoreLock,
    /// The creator of a staging does not look again after locking.
    StagingWithoutRecheck,
}
