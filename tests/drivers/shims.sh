#!/bin/sh
# shims.sh OUT - inside the chroot: builds Mesa's stand-ins for GPUs' kernels, from Debian's source package.
#
# With one preloaded a real driver opens and compiles as if the GPU were there.  Nothing runs: a submission succeeds and
# does nothing.  Three minutes; 60 MB to download.
set -eu
out=$1
export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
apt-get -q -y --no-install-recommends install build-essential pkg-config meson ninja-build bison flex \
  glslang-tools python3-mako python3-yaml python3-packaging libdrm-dev zlib1g-dev libexpat1-dev libelf-dev libzstd-dev
cd "$work"
apt-get -q -o APT::Sandbox::User=root --download-only source mesa/trixie
tar xf mesa_*.orig.tar.xz --strip-components=1
# RADV of Mesa 26 wants a kernel that says 3.54 or later.
sed -i 's/shim_device.version_minor = 49;/shim_device.version_minor = 61;/' src/amd/drm-shim/amdgpu_noop_drm_shim.c
meson setup build -Dtools=drm-shim,intel -Dgallium-drivers=nouveau -Dvulkan-drivers=amd -Dllvm=disabled -Dglx=disabled \
  -Degl=disabled -Dgbm=disabled -Dplatforms= -Dopengl=false -Dgles1=disabled -Dgles2=disabled -Dvalgrind=disabled \
  -Dlibunwind=disabled -Dlmsensors=disabled -Dbuild-tests=false -Dvideo-codecs= -Dgallium-vdpau=disabled \
  -Dgallium-va=disabled
shims="src/intel/tools/libintel_noop_drm_shim.so src/nouveau/drm-shim/libnouveau_noop_drm_shim.so
  src/amd/drm-shim/libamdgpu_noop_drm_shim.so"
ninja -C build $shims
mkdir -p "$out"
cd build
cp $shims "$out"
