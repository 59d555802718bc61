/* import.c - pages of the program's that a device uses where they lie (VK_EXT_external_memory_host).
 *
 * What is lent is a mapped file: read-only and private.  Some kernel drivers take such pages when they are imported and
 * refuse them when the device is to read (i915 asks for writable ones); so a device that is opened is first tried with
 * a file of two pages, on an opening of its own that may be lost by that.  Its answer is kept, until the driver or the
 * kernel is another one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/i18n.h"

#define HANDLE VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT

#define USAGE                                                                                                          \
  (VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT)

/* Whether buffers of such use can have such memory: not every driver with the extension says so. */
static gboolean
takes_buffers (LimnGpu *gpu)
{
  const VkPhysicalDeviceExternalBufferInfo info = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
                                                    .usage = USAGE,
                                                    .handleType = HANDLE };
  VkExternalBufferProperties properties = { .sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES };

  vkGetPhysicalDeviceExternalBufferProperties (gpu->physical, &info, &properties);
  return (properties.externalMemoryProperties.externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) != 0
         && (properties.externalMemoryProperties.compatibleHandleTypes & HANDLE) != 0;
}

/* LIMN_IMPORT=0 has weights copied anywhere, for tests and to measure. */
static gboolean
is_wanted (LimnGpu *gpu)
{
  gboolean shares = gpu->info->kind == LIMN_DEVICE_INTEGRATED || gpu->info->kind == LIMN_DEVICE_SOFTWARE;

  return shares && gpu->cap == 0 && g_strcmp0 (g_getenv ("LIMN_IMPORT"), "0") != 0;
}

void
limn_gpu_read_import (LimnGpu *gpu)
{
  VkPhysicalDeviceExternalMemoryHostPropertiesEXT host = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_MEMORY_HOST_PROPERTIES_EXT
  };
  VkPhysicalDeviceProperties2 properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &host };
  guint64 page = (guint64) sysconf (_SC_PAGESIZE);
  guint64 alignment =
      MAX (gpu->limits.minTexelBufferOffsetAlignment, MAX (gpu->limits.minStorageBufferOffsetAlignment, 16));

  if (!is_wanted (gpu) || !limn_gpu_has_extension (gpu->physical, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME)
      || !takes_buffers (gpu))
    return;
  vkGetPhysicalDeviceProperties2 (gpu->physical, &properties);
  if (host.minImportedHostPointerAlignment > 0 && page % host.minImportedHostPointerAlignment == 0)
    gpu->kernel_limits.import_alignment = (guint32) alignment;
}

/* The memory types that such pages can be of; 0: none. */
static guint32
types_of (LimnGpu *gpu, const guint8 *data)
{
  PFN_vkGetMemoryHostPointerPropertiesEXT get = (PFN_vkGetMemoryHostPointerPropertiesEXT) vkGetDeviceProcAddr (
      gpu->device, "vkGetMemoryHostPointerPropertiesEXT");
  VkMemoryHostPointerPropertiesEXT properties = { .sType = VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT };

  return get != NULL && get (gpu->device, HANDLE, data, &properties) == VK_SUCCESS ? properties.memoryTypeBits : 0;
}

LimnBuffer *
limn_buffer_import (LimnGpu *gpu, const guint8 *data, guint64 size, GError **error)
{
  LimnBuffer *buffer = g_new0 (LimnBuffer, 1);
  const VkExternalMemoryBufferCreateInfo external = { .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
                                                      .handleTypes = HANDLE };
  const VkBufferCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
    .pNext = &external,
    .size = limn_buffer_import_size (size),
    .usage = USAGE,
  };
  VkMemoryRequirements needs;

  buffer->gpu = gpu;
  buffer->size = info.size;
  buffer->imported = TRUE;
  VK_TRY (gpu, vkCreateBuffer (gpu->device, &info, NULL, &buffer->buffer));
  vkGetBufferMemoryRequirements (gpu->device, buffer->buffer, &needs);
  guint32 types = needs.memoryTypeBits & types_of (gpu, data);
  if (types == 0 || needs.size > size || gpu->kernel_limits.import_alignment == 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE, _ ("%s has no memory of the kind that is needed"),
                 gpu->info->name);
    goto error;
  }
  const VkImportMemoryHostPointerInfoEXT import = {
    .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
    .handleType = HANDLE,
    .pHostPointer = (void *) data,
  };
  const VkMemoryAllocateInfo allocation = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
    .pNext = &import,
    .allocationSize = size,
    .memoryTypeIndex = (guint32) g_bit_nth_lsf (types, -1),
  };
  VK_TRY (gpu, vkAllocateMemory (gpu->device, &allocation, NULL, &buffer->memory));
  VK_TRY (gpu, vkBindBufferMemory (gpu->device, buffer->buffer, buffer->memory, 0));
  return buffer;

error:
  limn_buffer_free (buffer);
  return NULL;
}

void
limn_buffer_count (LimnBuffer *imported, gint64 bytes)
{
  LimnGpu *gpu = imported->gpu;

  g_return_if_fail (imported->imported);

  imported->counted += (guint64) bytes;
  gpu->allocated += (guint64) bytes;
  gpu->most_allocated = MAX (gpu->most_allocated, gpu->allocated);
}

/* ---- Whether it works ---- */

static guint8
byte_at (gsize i)
{
  return (guint8) (i * 167 + i / 256 * 59 + 1);
}

/* A mapped file of such bytes.  NULL: there is nowhere to put one. */
static guint8 *
map_sample (gsize size)
{
  g_autofree char *path = NULL;
  g_autofree guint8 *bytes = g_malloc (size);
  int fd = g_file_open_tmp ("limn-XXXXXX", &path, NULL);
  void *data = MAP_FAILED;

  if (fd < 0)
    return NULL;
  unlink (path);
  for (gsize i = 0; i < size; i++)
    bytes[i] = byte_at (i);
  if (write (fd, bytes, size) == (gssize) size)
    data = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  close (fd);
  return data != MAP_FAILED ? data : NULL;
}

static gboolean
reads_back (LimnGpu *gpu, const guint8 *data, gsize size)
{
  LimnBuffer *buffer = limn_buffer_import (gpu, data, size, NULL);
  g_autofree guint8 *out = g_malloc0 (size);
  gboolean right =
      buffer != NULL && limn_buffer_download ((LimnSlice){ buffer, 0, limn_buffer_import_size (size) }, out, NULL);

  for (gsize i = 0; right && i < limn_buffer_import_size (size); i++)
    right = out[i] == byte_at (i);
  limn_buffer_free (buffer);
  return right;
}

#define SIGBUS_BIT (1u << (SIGBUS - 1))

/* A software device's threads read the pages, and it is whoever mapped the file that minds what is not there any more
 * (file/mapping.c): no thread may block the signal that tells. */
static gboolean
threads_hear (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  gboolean hear = tasks != NULL;
  const char *name;

  while (hear && (name = g_dir_read_name (tasks)) != NULL) {
    g_autofree char *path = g_build_filename ("/proc/self/task", name, "status", NULL), *text = NULL;
    const char *blocked = g_file_get_contents (path, &text, NULL, NULL) ? strstr (text, "SigBlk:") : NULL;

    hear = blocked == NULL || (g_ascii_strtoull (blocked + strlen ("SigBlk:\t"), NULL, 16) & SIGBUS_BIT) == 0;
  }
  return hear;
}

/* TRUE where the device answered; right: receives whether it reads such pages. */
static gboolean
ask (LimnGpu *gpu, gboolean *right)
{
  gsize size = 2 * (gsize) sysconf (_SC_PAGESIZE);
  LimnGpu other = { .info = gpu->info,
                    .limits = gpu->limits,
                    .kernel_limits = gpu->kernel_limits,
                    .physical = gpu->physical,
                    .queue_family = gpu->queue_family,
                    .memory = gpu->memory };
  guint8 *sample = map_sample (size);
  gboolean answers = sample != NULL && limn_gpu_open (&other, NULL);

  *right = answers && reads_back (&other, sample, size);
  limn_staging_free (other.staging);
  if (other.device != VK_NULL_HANDLE && !other.hung)
    vkDestroyDevice (other.device, NULL);
  if (sample != NULL && !other.hung)
    munmap (sample, size);
  return answers;
}

/* ---- Its answer, kept beside the pipelines ---- */

#define GROUP "limn"
#define VERSION 1

/* What the answer is true of: the kernel has a part of the driver.  (transfer full) */
static char *
answerer_of (LimnGpu *gpu)
{
  struct utsname system = { 0 };

  uname (&system);
  return g_strdup_printf ("%s, %s %s", gpu->info->driver, system.sysname, system.release);
}

/* FALSE: nobody has asked this driver, or the file is damaged. */
static gboolean
read_kept (const char *path, const char *answerer, gboolean *right)
{
  g_autoptr (GKeyFile) kept = g_key_file_new ();
  g_autofree char *whose = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_key_file_load_from_file (kept, path, G_KEY_FILE_NONE, NULL)
      || g_key_file_get_integer (kept, GROUP, "version", NULL) != VERSION)
    return FALSE;
  whose = g_key_file_get_string (kept, GROUP, "driver", NULL);
  *right = g_key_file_get_boolean (kept, GROUP, "imports", &error);
  return error == NULL && g_strcmp0 (whose, answerer) == 0;
}

static void
write_kept (const char *path, const char *answerer, gboolean right)
{
  g_autoptr (GKeyFile) kept = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_key_file_set_integer (kept, GROUP, "version", VERSION);
  g_key_file_set_string (kept, GROUP, "driver", answerer);
  g_key_file_set_boolean (kept, GROUP, "imports", right);
  g_mkdir_with_parents (folder, 0700);
  if (!g_key_file_save_to_file (kept, path, &error))
    g_debug ("whether pages can be imported is not kept: %s", error->message);
}

void
limn_gpu_prove_import (LimnGpu *gpu)
{
  g_autofree char *path = NULL, *answerer = NULL;
  gboolean right = FALSE;

  if (gpu->kernel_limits.import_alignment == 0)
    return;
  path = limn_gpu_cache_path (gpu, "import", ".ini");
  answerer = answerer_of (gpu);
  if (!read_kept (path, answerer, &right) && ask (gpu, &right))
    write_kept (path, answerer, right);
  if (!right)
    gpu->kernel_limits.import_alignment = 0;
}

void
limn_gpu_check_import (LimnGpu *gpu)
{
  if (gpu->info->kind == LIMN_DEVICE_SOFTWARE && gpu->kernel_limits.import_alignment > 0 && !threads_hear ())
    gpu->kernel_limits.import_alignment = 0;
}
