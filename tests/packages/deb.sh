#!/bin/sh
# deb.sh - Limn's Debian packages, built in a clean chroot of a Debian release, judged by lintian, installed into another
# one, asked to paint, and opened there by a newcomer (walk.sh).  On Debian as root, for a quarter of an hour; `make
# deb-test` does it for 12 and 13.
#
# usage: deb.sh DIR SUITE; what is found stays in DIR
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
dir=$1
suite=$2
cd "$(dirname "$0")/../.."
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
mirror=${LIMN_DEBIAN_MIRROR:-http://deb.debian.org/debian}
command -v mmdebstrap >/dev/null || { echo "deb.sh: mmdebstrap is not installed" >&2; exit 1; }

# make_root NAME VARIANT PACKAGES
make_root () {
  [ -e "$dir/$1/etc/os-release" ] ||
    mmdebstrap --quiet --mode=root --variant="$2" --include="$3" \
      --aptopt='APT::Install-Recommends "false"' "$suite" "$dir/$1" "$mirror"
}
# in_root NAME COMMAND: without the network
in_root () {
  unshare --mount --pid --fork --net sh -euc '
    mount --rbind /dev "$1/dev"
    mount -t proc proc "$1/proc"
    exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 sh -euc "$2"' sh "$dir/$1" "$2"
}

# What it builds with, by the package's own account.
needs=$(sed -n '/^Build-Depends:/,/^[A-Z]/s/^ \([a-z0-9.+-]*\).*/\1/p' data/debian/control | sed 's/debhelper-compat/debhelper/')
make_root "$suite-build" buildd "$(echo $needs git lintian | tr ' ' ,)"
rm -rf "$dir/$suite-build/limn" "$dir/$suite-build/out"
git clone -q --depth 1 "file://$PWD" "$dir/$suite-build/limn"
in_root "$suite-build" '/limn/.ci/make-deb /out'
# The oldest release's lintian does not know the newest policy.
in_root "$suite-build" 'lintian --allow-root --info --display-info --suppress-tags newer-standards-version \
  --fail-on error,warning /out/*.changes'

make_root "$suite-use" minbase "$(echo at-spi2-core dbus dbus-x11 desktop-file-utils imagemagick libglib2.0-bin man-db \
  mesa-vulkan-drivers openbox x11-utils xdotool xvfb | tr ' ' ,)"
rm -rf "$dir/$suite-use/debs" "$dir/$suite-use/root"
mkdir -p "$dir/$suite-use/debs" "$dir/$suite-use/root"
cp "$dir/$suite-build"/out/*.deb data/debian/tests/starter tests/packages/walk.sh tests/packages/screen.sh \
  tests/ui/with-display.sh "$dir/$suite-use/debs"
chroot "$dir/$suite-use" sh -euc 'apt-get update -q
  apt-get install -y -q --no-install-recommends /debs/limn_*.deb /debs/limn-cli_*.deb /debs/limn-data_*.deb'
in_root "$suite-use" 'sh /debs/starter && man -w limn limn-cli'
in_root "$suite-use" 'sh /debs/with-display.sh --bus sh /debs/walk.sh /debs'
echo "deb.sh: $suite: built, clean, installed, painted"
