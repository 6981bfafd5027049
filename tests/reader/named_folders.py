"""`refs/` and `bundles/`: folders by name, where a scope makes one level more (sections 3 and 4)."""


def name_folders(disk, report, folder):
    """The components of each name in `folder`, one or two; a file among them is a stray."""
    for first in disk.names(folder):
        if not _is_folder(disk, report, f"{folder}/{first}"):
            continue
        if not first.startswith("@"):
            yield [first]
            continue
        for second in disk.names(f"{folder}/{first}"):
            if _is_folder(disk, report, f"{folder}/{first}/{second}"):
                yield [first, second]


def _is_folder(disk, report, path):
    if disk.is_directory(path):
        return True
    if disk.status(path) is not None:
        report.add("stray", path, "not a directory")
    return False


def version_folders(disk, report, components):
    """The versions below one name in `bundles/`."""
    name = "/".join(["bundles", *components])
    return [version for version in disk.names(name) if _is_folder(disk, report, f"{name}/{version}")]
