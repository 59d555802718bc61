#!/bin/sh
# flatpak.sh - Limn's Flatpak, built from the manifest as it is on stand-ins for the runtime and the SDK, installed for a
# test user and used in its sandbox (drive.sh).  On Debian as root, for an hour the first time; `make flatpak-test`.
#
# usage: flatpak.sh DIR; pictures of the window are left in DIR/shots
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
dir=${1:?usage: flatpak.sh DIR}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$dir/home" "$dir/shots" /run/user
dir=$(cd "$dir" && pwd)
id=io.github.limn_art.Limn
manifest=$here/../../flatpak/$id.yml

for tool in cc pkg-config flatpak flatpak-builder eu-strip mmdebstrap Xvfb openbox xdotool import dbus-run-session; do
  command -v "$tool" >/dev/null || { echo "flatpak.sh: $tool is not installed" >&2; exit 77; }
done
export HOME="$dir/home" FLATPAK_USER_DIR="$dir/user" XDG_RUNTIME_DIR="/run/user/$(id -u)" LC_ALL=C.UTF-8 LANGUAGE=
mkdir -p -m 700 "$XDG_RUNTIME_DIR" # where flatpak has what it keeps of each sandbox
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME

version=$(sed -n "s/^runtime-version: '\(.*\)'/\1/p" "$manifest")
sh "$here/stand-in.sh" "$dir"
flatpak --user remote-add --if-not-exists --no-gpg-verify stand-in "file://$dir/runtimes"
for name in Platform Sdk; do
  flatpak --user install --noninteractive --or-update stand-in "org.gnome.$name//$version"
done

sh "$here/../../.ci/make-flatpak" "$dir"
flatpak --user uninstall --noninteractive "$id" >/dev/null 2>&1 || true
flatpak --user install --noninteractive "$dir/$id.flatpak"

# No more than what was meant; fallback-x11 is told together with x11, for Flatpaks that do not know it.
flatpak info --show-permissions "$id" > "$dir/permissions"
printf '[Context]\nshared=ipc;\nsockets=x11;wayland;fallback-x11;\ndevices=dri;\n' > "$dir/expected"
grep . "$dir/permissions" | diff "$dir/expected" - || { echo "flatpak.sh: other permissions"; exit 1; }
for file in share/applications/$id.desktop share/dbus-1/services/$id.service share/mime/packages/$id.xml \
  share/icons/hicolor/scalable/apps/$id.svg; do
  [ -s "$dir/user/exports/$file" ] || { echo "flatpak.sh: the desktop does not see $file"; exit 1; }
done

cc -o "$dir/neighbour" "$here/neighbour.c" $(pkg-config --cflags --libs gtk4)
# Documents have the same place inside and outside only where the runtime folder has its usual name.
unshare --mount sh -euc '
  mount -t tmpfs -o mode=755 tmpfs /run/user
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  cd "$HOME"
  exec sh "$1/../ui/with-display.sh" --bus sh "$1/drive.sh" "$2"' sh "$here" "$dir"
