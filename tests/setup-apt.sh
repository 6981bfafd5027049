#!/bin/sh
# Install the named Debian packages that are not there yet; does nothing where all are.
set -eu

missing=
for package in "$@"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # words are what is wanted: one package each
{
    $as_root apt-get update --quiet
    $as_root apt-get install --quiet --yes --no-install-recommends $missing
}
