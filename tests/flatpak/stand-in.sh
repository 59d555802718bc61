#!/bin/sh
# stand-in.sh - a runtime and an SDK under the names that Limn's manifest asks for, made of Debian's newest packages, for
# machines that do not reach Flathub.  They have what GNOME's have and Limn needs, and no more: no compiler for shaders,
# nothing of the SDK in the runtime.  As root.
#
# usage: stand-in.sh DIR; DIR/runtimes is an OSTree repository of both
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
dir=$1
manifest=$(dirname "$0")/../../flatpak/io.github.limn_art.Limn.yml
version=$(sed -n "s/^runtime-version: '\(.*\)'/\1/p" "$manifest")
arch=$(flatpak --default-arch)
suite=sid
mirror=${LIMN_DEBIAN_MIRROR:-http://deb.debian.org/debian}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

platform="adwaita-icon-theme at-spi2-core ca-certificates dbus dconf-gsettings-backend fonts-cantarell fonts-noto-cjk
  gsettings-desktop-schemas libadwaita-1-0 libgdk-pixbuf-2.0-0 libglib2.0-bin libgtk-4-1 libgtksourceview-5-0 liblcms2-2
  libpng16-16t64 libjpeg62-turbo libwebp7 libavif16 libjxl0.11 librsvg2-common libsoup-3.0-0 libsqlite3-0
  libvulkan1 mesa-vulkan-drivers shared-mime-info"
sdk="appstream build-essential ccache cmake desktop-file-utils gettext libadwaita-1-dev libgdk-pixbuf-2.0-dev
  libglib2.0-dev libgtk-4-dev libgtksourceview-5-dev liblcms2-dev libpng-dev libjpeg-dev libwebp-dev libavif-dev libjxl-dev
  libsoup-3.0-dev libsqlite3-dev libvulkan-dev meson ninja-build pkgconf python3"

# make_runtime NAME PACKAGES: a Debian without its documents, as a runtime lies: /usr, with /etc inside
make_runtime () {
  root=$dir/$1
  if [ ! -e "$root/metadata" ]; then
    rm -rf "$root" "$root.debian"
    mmdebstrap --quiet --mode=root --variant=minbase --include="$(echo $2 | tr ' ' ,)" \
      --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
      "$suite" "$root.debian" "$mirror"
    mkdir -p "$root/files" # which is empty, but flatpak asks for it
    mv "$root.debian/usr" "$root/usr"
    mv "$root.debian/etc" "$root/usr/etc"
    rm -rf "$root.debian"
    # What old flatpak-builders make software centres' index with, which nobody reads here, is not in Debian any more.
    printf '#!/bin/sh\n' > "$root/usr/bin/appstream-compose"
    chmod +x "$root/usr/bin/appstream-compose"
    cat > "$root/metadata" <<END
[Runtime]
name=org.gnome.$1
runtime=org.gnome.Platform/$arch/$version
sdk=org.gnome.Sdk/$arch/$version
END
  fi
  [ -e "$dir/runtimes/refs/heads/runtime/org.gnome.$1/$arch/$version" ] ||
    flatpak build-export --runtime --no-update-summary --disable-sandbox "$dir/runtimes" "$root" "$version"
}

[ -d "$dir/runtimes" ] || ostree init --mode=bare-user-only --repo="$dir/runtimes"
make_runtime Platform "$platform"
make_runtime Sdk "$platform $sdk"
flatpak build-update-repo --no-update-appstream "$dir/runtimes"
