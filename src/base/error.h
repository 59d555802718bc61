/* error.h - the one error domain of Limn, from files to the window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Errors.  Messages name the file, the tensor or field, what was expected and what was found. */
#define LIMN_ERROR (limn_error_quark ())
GQuark limn_error_quark (void);

typedef enum {
  LIMN_ERROR_FILE,        /* a file cannot be read, or is not what its name says */
  LIMN_ERROR_FORMAT,      /* a file is damaged: truncated, overlapping, over-long, contradictory */
  LIMN_ERROR_UNSAFE,      /* a pickle: refused, since opening one runs the code inside it */
  LIMN_ERROR_MODEL,       /* a well-formed file that is not a model Limn can use, or lacks a part */
  LIMN_ERROR_REQUEST,     /* a setting outside what the model or the engine can do */
  LIMN_ERROR_DEVICE,      /* no usable Vulkan device, or the driver failed */
  LIMN_ERROR_DEVICE_LOST, /* the device is gone; make a new engine */
  LIMN_ERROR_MEMORY,      /* does not fit */
  LIMN_ERROR_NUMERIC,     /* NaN or infinity where a picture should be, in fp32 too */
  LIMN_ERROR_CANCELLED,   /* the monitor asked to stop */
} LimnError;

G_END_DECLS
