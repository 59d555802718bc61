# shellcheck shell=sh
# devices.sh - the drivers that the chroot has, as rows: name, environment.  Read by the other scripts.
#
# Software drivers paint.  Of the rest, "dry" devices, the kernel is a shim: they compile as the GPU's own driver does.
icds=/usr/share/vulkan/icd.d
old=/opt/mesa-25$icds
# RADV has VK_NV_cooperative_matrix2, and offers it to some programs only.
radv="LD_PRELOAD=/opt/shims/libamdgpu_noop_drm_shim.so VK_DRIVER_FILES=$icds/radeon_icd.json
  radv_cooperative_matrix2_nv=true"
nvk="LD_PRELOAD=/opt/shims/libnouveau_noop_drm_shim.so VK_DRIVER_FILES=$icds/nouveau_icd.json
  NVK_I_WANT_A_BROKEN_VULKAN_DRIVER=1"
anv="LD_PRELOAD=/opt/shims/libintel_noop_drm_shim.so VK_DRIVER_FILES=$old/intel_icd.json"
# Mesa 25's RADV needs no shim to compile for a family; Mesa 26's does.
null="VK_DRIVER_FILES=$old/radeon_icd.json"

device () {
  case $1 in
    lavapipe-25) echo "VK_DRIVER_FILES=$old/lvp_icd.json" ;;
    # The width for which Mesa 26's cooperative matrices work.
    lavapipe-26) echo "VK_DRIVER_FILES=$icds/lvp_icd.json LP_NATIVE_VECTOR_WIDTH=256" ;;
    lavapipe-26-128) echo "VK_DRIVER_FILES=$icds/lvp_icd.json LP_NATIVE_VECTOR_WIDTH=128" ;;
    lavapipe-26-512) echo "VK_DRIVER_FILES=$icds/lvp_icd.json LP_NATIVE_VECTOR_WIDTH=512" ;;
    lavapipe-26-shared) echo "VK_DRIVER_FILES=$icds/lvp_icd.json LIMN_SHARED_LANES=1" ;;
    swiftshader) echo "VK_DRIVER_FILES=/opt/swiftshader/usr/lib/chromium/vk_swiftshader_icd.json" ;;
    polaris10 | vega10 | gfx1201) echo "$null RADV_FORCE_FAMILY=$1" ;;
    navi21 | navi31) echo "$radv AMDGPU_GPU_ID=$1" ;;
    turing) echo "$nvk NOUVEAU_CHIPSET=162" ;;
    ampere) echo "$nvk NOUVEAU_CHIPSET=172" ;;
    dg2 | lnl) echo "$anv INTEL_STUB_GPU_PLATFORM=$1" ;;
  esac
}
