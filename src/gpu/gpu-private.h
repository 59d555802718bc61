/* gpu-private.h - what the files of src/gpu share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/error.h"
#include "gpu/buffer.h"
#include "gpu/device.h"
#include "gpu/pipeline.h"
#include "gpu/vulkan.h"

G_BEGIN_DECLS

typedef struct _LimnStaging LimnStaging;

struct _LimnGpu {
  /* The device, and what it can. */
  LimnDeviceInfo *info;
  VkPhysicalDeviceLimits limits;
  LimnGpuLimits kernel_limits;
  double least_flop, most_flop; /* of a slice, however slow or fast a run was: others may be at work too */
  float timestamp_period;       /* nanoseconds a tick; 0: the queue has no timestamps */
  guint64 timestamp_mask;       /* the bits of one that count */
  gboolean asks_subgroup;       /* a pipeline can ask for their size; else there is only one */

  /* Vulkan's objects. */
  VkInstance instance;
  VkDebugUtilsMessengerEXT messenger;
  VkPhysicalDevice physical;
  int index; /* of limn_gpu_list () */
  VkDevice device;
  VkQueue queue;
  guint32 queue_family;
  VkCommandPool pool;
  gboolean lost;
  gboolean hung; /* and lost: nothing of it may be waited for or freed */

  /* Pipelines. */
  VkPipelineCache pipeline_cache;
  char *pipeline_cache_path;
  gsize pipeline_cache_size; /* on disk */
  gboolean is_new;           /* see limn_gpu_is_new () */
  GHashTable *pipelines;     /* key text -> LimnPipeline */

  /* Memory. */
  VkPhysicalDeviceMemoryProperties memory;
  gboolean tells_budget;             /* see limn_gpu_memory_budget () */
  guint64 cap;                       /* see limn_gpu_memory_cap () */
  guint64 given;                     /* all that LIMN_BUFFER_DEVICE buffers get; 0: what there is */
  guint64 allocated, most_allocated; /* see limn_gpu_allocated () */
  LimnStaging *staging;              /* NULL, or where device memory is not mappable */
};

struct _LimnBuffer {
  LimnGpu *gpu; /* borrowed */
  VkBuffer buffer;
  VkDeviceMemory memory;
  guint64 size;
  guint64 counted;   /* in the gpu's allocated */
  void *map;         /* NULL where the memory is not host-visible */
  gboolean imported; /* it is only read */
};

struct _LimnPipeline {
  LimnGpu *gpu; /* borrowed */
  VkShaderModule module;
  VkDescriptorSetLayout set_layout;
  VkPipelineLayout layout;
  VkPipeline pipeline;
  char *kernel;
  int n_bindings, push_size;
  guint storage_mask; /* bit i: binding i is a storage buffer, else a uniform texel buffer */
  gboolean warm;      /* some plan has it: a software device has compiled it, or will before later plans run */
};

/* Sets error from a VkResult; remembers a lost device.  Always returns FALSE. */
gboolean limn_gpu_fail (LimnGpu *gpu, VkResult result, const char *call, GError **error);

/* In functions that end in an `error:` label. */
#define VK_TRY(gpu, call)                                                                                              \
  do {                                                                                                                 \
    VkResult vk_try_result = (call);                                                                                   \
    if (vk_try_result != VK_SUCCESS) {                                                                                 \
      limn_gpu_fail ((gpu), vk_try_result, #call, error);                                                              \
      goto error;                                                                                                      \
    }                                                                                                                  \
  } while (0)

/* features.c: of gpu's physical device.  limn_gpu_open () opens it, with what limn_gpu_read_limits () found it can. */
gboolean limn_gpu_has_extension (VkPhysicalDevice physical, const char *name);
void limn_gpu_read_limits (LimnGpu *gpu);
gboolean limn_gpu_open (LimnGpu *gpu, GError **error);
/* What LIMN_MEMORY says; 0: nothing. */
guint64 limn_gpu_read_cap (void);

/* import.c: finds whether gpu can use pages of the program's where they lie, once its limits are known; tries, where no
 * other start has; and looks that its threads can, once it is open. */
void limn_gpu_read_import (LimnGpu *gpu);
void limn_gpu_prove_import (LimnGpu *gpu);
void limn_gpu_check_import (LimnGpu *gpu);

/* matrix.c: fills the matrices of gpu's limits. */
void limn_gpu_read_matrices (LimnGpu *gpu);
#define LIMN_MATRIX_EXTENSIONS 2
/* The extensions and the features that a device must be opened with so that it multiplies them, and what else it can do
 * with them.  names: receives as many as are returned; 0, and features left alone, where there are none. */
guint32 limn_gpu_matrix_extensions (LimnGpu *gpu, const char **names, const void **features);

VkInstance limn_debug_create_instance (VkDebugUtilsMessengerEXT *messenger, GError **error);
void limn_debug_destroy_instance (VkInstance instance, VkDebugUtilsMessengerEXT messenger);

void limn_pipeline_free (LimnPipeline *pipeline);
void limn_pipeline_cache_load (LimnGpu *gpu);
/* Where it has grown. */
void limn_pipeline_cache_save (LimnGpu *gpu);

/* Of the staging buffer's two halves, one is filled while the device copies from the other: small, so that this begins
 * early, and large beside what a submission costs, and several threads. */
#define LIMN_STAGING_HALF ((guint64) 16 << 20)
void limn_staging_free (LimnStaging *staging);

/* wait.c.  fence: unsignalled. */
gboolean limn_gpu_submit (LimnGpu *gpu, VkCommandBuffer commands, VkFence fence, GError **error);
/* Until what fence was submitted with is done, and resets it; tick, which may be NULL, is called with done while that
 * takes long.  FALSE: not to go on; unless gpu is hung, the device has done with it all the same. */
gboolean limn_gpu_wait (LimnGpu *gpu, VkFence fence, const LimnTick *tick, double done, GError **error);
gboolean limn_gpu_submit_wait (LimnGpu *gpu, VkCommandBuffer commands, const LimnTick *tick, double done,
                               GError **error);

G_END_DECLS
