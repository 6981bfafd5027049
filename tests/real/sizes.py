"""What `du` must say, computed from `stat` alone.

A file counts with its length, once for each name in `total` and `logical`,
once for each inode in `physical`, the objects of entry points and private
files (which are copies) included. `shared` are the bytes of a bundle that are
also in another bundle, `unique` the others. What servers left beside their
code is no part of a bundle and does not count.
"""

import unzipped

# The fields of `du --json`; named here and nowhere else.
BUNDLES, STORE = "bundles", "store"
NAME, VERSION = "name", "version"
TOTAL, SHARED, UNIQUE = "total", "shared", "unique"
LOGICAL, PHYSICAL, SAVED = "logical", "physical", "saved"


def expected(bundles, objects):
    """The usage of a store with these objects that holds `bundles`: (name, version) -> (unzipped, published)."""
    files = {identity: _files(*folders) for identity, folders in bundles.items()}
    return {
        BUNDLES: {identity: _of_bundle(identity, files) for identity in files},
        STORE: _of_store(files, objects),
    }


def differences(wanted, said):
    """Sentences that say where the two disagree."""
    told = {(bundle[NAME], bundle[VERSION]): bundle for bundle in said[BUNDLES]}
    found = [f"{identity} is listed" for identity in told.keys() - wanted[BUNDLES].keys()]
    for identity, numbers in wanted[BUNDLES].items():
        if identity in told:
            found += _fields_that_differ("@".join(identity), numbers, told[identity])
        else:
            found.append(f"{identity} is not listed")
    return found + _fields_that_differ("the store", wanted[STORE], said[STORE])


def _fields_that_differ(what, wanted, told):
    return [
        f"{field} of {what} is {told.get(field)}, by stat {number}"
        for field, number in wanted.items()
        if told.get(field) != number
    ]


def _files(unzipped_folder, published):
    """(inode, length) of each regular file of the bundle."""
    stats = (
        (published / path).lstat()
        for path, entry in unzipped.entries(unzipped_folder).items()
        if entry.kind == "file"
    )
    return [((found.st_dev, found.st_ino), found.st_size) for found in stats]


def _of_bundle(identity, files):
    elsewhere = {inode for other, held in files.items() if other != identity for inode, _ in held}
    total = sum(size for _, size in files[identity])
    shared = sum(size for inode, size in files[identity] if inode in elsewhere)
    return {TOTAL: total, SHARED: shared, UNIQUE: total - shared}


def _of_store(files, objects):
    every = [file for held in files.values() for file in held]
    stats = (path.lstat() for path in objects.rglob("*") if path.is_file())
    inodes = dict(every) | {(found.st_dev, found.st_ino): found.st_size for found in stats}
    logical, physical = sum(size for _, size in every), sum(inodes.values())
    return {LOGICAL: logical, PHYSICAL: physical, SAVED: logical - physical}
