#!/bin/sh
# install.sh - what `meson install` puts into a package is whole, and agrees with itself.
#
# usage: install.sh BUILD PREFIX
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
export LC_ALL=C.UTF-8 LANGUAGE=
build=$1
prefix=$2
id=io.github.limn_art.Limn
bad=0
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

DESTDIR=$root meson install -C "$build" --no-rebuild --quiet || exit 1
usr=$root$prefix
share=$usr/share
fault () {
  echo "$*"
  bad=1
}
for file in bin/limn bin/limn-cli share/applications/$id.desktop share/dbus-1/services/$id.service \
  share/metainfo/$id.metainfo.xml share/mime/packages/$id.xml share/glib-2.0/schemas/$id.gschema.xml \
  share/icons/hicolor/scalable/apps/$id.svg share/icons/hicolor/symbolic/apps/$id-symbolic.svg \
  share/man/man1/limn.1 share/man/man1/limn-cli.1 share/bash-completion/completions/limn-cli \
  share/zsh/site-functions/_limn-cli share/fish/vendor_completions.d/limn-cli.fish \
  share/limn/starter/model_index.json share/limn/clip/merges.txt share/locale/zh_CN/LC_MESSAGES/limn.mo; do
  [ -s "$usr/$file" ] || fault "$file is not installed"
done
find "$share/limn" -name '*.py' -o -name __pycache__ -o -name plots | grep . && fault "how the starter was trained is installed"

# A model's folder names all of its files; those are there.
"$usr/bin/limn-cli" inspect "$share/limn/starter" >"$root/inspect" 2>&1 || { cat "$root/inspect"; fault "the starter is not whole"; }

# Whom D-Bus starts is what was installed, and it is the desktop file's program.
service=$(sed -n 's/^Exec=\([^ ]*\).*/\1/p' "$share/dbus-1/services/$id.service")
[ "$service" = "$prefix/bin/limn" ] || fault "D-Bus would start $service"
grep -q '^DBusActivatable=true$' "$share/applications/$id.desktop" || fault "the desktop does not ask D-Bus"
grep -q "^Name=$id\$" "$share/dbus-1/services/$id.service" || fault "the service has another name"

# Every type that the desktop file takes is known, and has Limn's files.
update-mime-database "$share/mime" >/dev/null 2>&1
types=$(sed -n 's/^MimeType=//p' "$share/applications/$id.desktop" | tr ';' '\n')
has_type () {
  printf '%s' "$2" >"$root/$1"
  type=$(XDG_DATA_HOME=$root XDG_DATA_DIRS="$share:/usr/local/share:/usr/share" \
    gio info -a standard::content-type "$root/$1" | sed -n 's/.*content-type: //p')
  [ "$type" = "$3" ] || fault "$1 is of type $type, expected $3"
  printf '%s\n' "$types" | grep -qx "$3" || fault "Limn is not offered for $3"
}
has_type model.safetensors "weights" application/x-safetensors
has_type MODEL.SFT "weights" application/x-safetensors
has_type model.gguf "GGUF" application/x-gguf
has_type without-ending "GGUF" application/x-gguf
has_type parts.limn "[Model]" application/x-limn-model
has_type picture.png "pixels" image/png
for type in $types; do
  [ "$type" = image/png ] || grep -q "^$type\$" "$share/mime/types" || fault "nothing defines $type"
done
exit $bad
