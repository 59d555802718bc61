#!/bin/sh
# chroot.sh FOLDER - a Debian 13 with newer Vulkan drivers than this machine's, in a folder; nothing of the system is touched.
#
#   FOLDER/run COMMAND...   runs COMMAND there, in the same working folder, which it may only read
#
# It has Mesa of trixie-backports, in /opt/mesa-25 Debian 13's own, in /opt/swiftshader Chromium's SwiftShader, and in
# /opt/shims stand-ins for GPUs' kernels (shims.sh).  A folder that is complete is left as it is; one that is not is gone on
# with.  About 3 GB and eight minutes, from the mirror that apt already uses.  Exit status 77: not to be had here, and why.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
root=$dir/root
recipe=$(cat "$here/chroot.sh" "$here/shims.sh" | cksum)
[ "$(cat "$dir/complete" 2>/dev/null)" != "$recipe" ] || exit 0

packages="libvulkan1 vulkan-validationlayers libglib2.0-0t64 libpng16-16t64"

skip () {
  echo "chroot.sh: $*" >&2
  exit 77
}
[ "$(id -u)" = 0 ] || skip "only root can make a chroot"
command -v apt-get >/dev/null || skip "this is not Debian"
unshare --mount true 2>/dev/null || skip "this container may mount nothing"
[ "$(df -Pk "$dir" | awk 'END { print $4 }')" -gt 5000000 ] || skip "$dir has less than 5 GB left"
command -v debootstrap >/dev/null ||
  apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends debootstrap >&2 ||
  skip "debootstrap cannot be installed"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' | head -n 1)
[ -n "$mirror" ] || skip "apt knows no Debian mirror"

# A mount namespace of its own: nothing is left mounted.
cat > "$dir/run" <<RUN
#!/bin/sh
exec unshare --mount sh -eu -c '
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  mkdir -p "$root\$PWD"
  mount --bind "\$PWD" "$root\$PWD"
  mount -o remount,bind,ro "$root\$PWD"
  exec chroot "$root" sh -c "cd \"\\\$0\" && exec \"\\\$@\"" "\$PWD" "\$@"' run "\$@"
RUN
chmod +x "$dir/run"

[ -e "$dir/base" ] || {
  rm -rf "$root"
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg trixie "$root" "$mirror" >&2 ||
    skip "$mirror has no Debian 13"
  touch "$dir/base"
}
cat > "$root/etc/apt/sources.list" <<LIST
deb $mirror trixie main
deb-src $mirror trixie main
deb $mirror trixie-backports main
LIST
# The same leniency about a mirror's age as this machine's apt has.
apt-config dump Acquire::Check-Valid-Until Acquire::Check-Date > "$root/etc/apt/apt.conf.d/90mirror"
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
cd "$here"
export DEBIAN_FRONTEND=noninteractive
"$dir/run" apt-get -q update >&2 || skip "$mirror does not answer"
# First, since newer drivers bring newer libraries, which Debian 13's headers do not go with.
[ -e "$root/opt/shims/libintel_noop_drm_shim.so" ] || "$dir/run" sh "$here/shims.sh" /opt/shims >&2 ||
  skip "the shims cannot be built"
# shellcheck disable=SC2016,SC2086
"$dir/run" sh -eu -c '
  apt-get -q -y --no-install-recommends install "$@"
  apt-get -q -y --no-install-recommends -t trixie-backports install mesa-vulkan-drivers
  cd /opt
  apt-get -q -o APT::Sandbox::User=root download mesa-vulkan-drivers/trixie chromium-common
  dpkg -x mesa-vulkan-drivers_*.deb mesa-25
  dpkg -x chromium-common_*.deb swiftshader
  rm -f *.deb
  sed -i "s|\"library_path\": \"|&/opt/mesa-25/usr/lib/$(uname -m)-linux-gnu/|" mesa-25/usr/share/vulkan/icd.d/*.json
' install $packages >&2 || skip "$mirror does not have all that is needed"
echo "$recipe" > "$dir/complete"
