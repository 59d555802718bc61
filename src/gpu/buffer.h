/* buffer.h - device memory, and getting bytes into and out of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/device.h"

G_BEGIN_DECLS

typedef struct _LimnBuffer LimnBuffer;

typedef enum {
  LIMN_BUFFER_DEVICE, /* where the shaders read fastest */
  LIMN_BUFFER_HOST,   /* mapped for the CPU: small inputs and results */
} LimnBufferKind;

/* A piece of a buffer.  Borrowed. */
typedef struct {
  LimnBuffer *buffer;
  guint64 offset, size; /* bytes */
} LimnSlice;

/* size: at least 1 and at most what the device allows in one piece. */
LimnBuffer *limn_buffer_new (LimnGpu *gpu, LimnBufferKind kind, guint64 size, GError **error);
void limn_buffer_free (LimnBuffer *buffer);
guint64 limn_buffer_size (LimnBuffer *buffer);
/* The mapped bytes of a LIMN_BUFFER_HOST buffer, coherent. */
void *limn_buffer_map (LimnBuffer *buffer);

/* A buffer of pages of the program's that the device reads where they lie and nobody writes: data begins at one, size
 * is of whole ones, and they stay mapped as long as the buffer is there.  Of the limits' import_alignment are the
 * offsets at which it can be bound.  Its size is limn_buffer_import_size (size).  Fails where driver or kernel do not
 * take these pages. */
LimnBuffer *limn_buffer_import (LimnGpu *gpu, const guint8 *data, guint64 size, GError **error);
guint64 limn_buffer_import_size (guint64 size);
/* Of imported's bytes, so many more are weights, or fewer: they count as what is asked of the device. */
void limn_buffer_count (LimnBuffer *imported, gint64 bytes);

/* Whether its device was given up, and may be at work with it for ever. */
gboolean limn_buffer_is_stuck (LimnBuffer *buffer);

/* What a buffer of size bytes asks of the device. */
guint64 limn_buffer_room (guint64 size);
/* The size of the largest that asks for no more than allocation bytes. */
guint64 limn_buffer_most (guint64 allocation);
/* What all LIMN_BUFFER_DEVICE buffers that are there ask of it; most: receives the most that it ever was; may be
 * NULL. */
guint64 limn_gpu_allocated (LimnGpu *gpu, guint64 *most);
/* The length of a texel buffer view of size bytes: no buffer ends before it does. */
guint64 limn_buffer_view_size (guint64 size);

/* Produces size bytes of the destination starting at offset, in ascending pieces. */
typedef void (*LimnFillFunc) (guint8 *out, guint64 offset, guint64 size, gpointer data);

/* Writes straight into mappable device memory; else through a staging buffer, where the device copies one piece while
 * the next is filled.  All of it is filled on return, but may still be on its way.  granularity: fill is called with
 * multiples of it (bytes, at most 16 MiB), but for the last piece. */
gboolean limn_buffer_send (LimnSlice slice, guint64 granularity, LimnFillFunc fill, gpointer data, GError **error);
/* What is submitted from now on finds all that was sent. */
gboolean limn_gpu_flush (LimnGpu *gpu, GError **error);
/* Blocking: until all that was sent has arrived, or, where it fails, no more of it is on its way: before any of the
 * slices may be freed. */
gboolean limn_gpu_settle (LimnGpu *gpu, GError **error);
/* Both: sends, and waits for it. */
gboolean limn_buffer_upload (LimnSlice slice, guint64 granularity, LimnFillFunc fill, gpointer data, GError **error);
/* Blocking copy to host memory, through a staging buffer where needed. */
gboolean limn_buffer_download (LimnSlice slice, void *out, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnBuffer, limn_buffer_free)

G_END_DECLS
