/* finalize.h - an object's end, which threads that still keep it may put off.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib-object.h>

#include "common/patience.h"

G_BEGIN_DECLS

/* Drops the caller's reference, which has to be the last but for what threads and sources hold for a moment. */
static inline void
tests_finalize (gpointer object)
{
  gint64 end = g_get_monotonic_time () + TESTS_PATIENCE * G_USEC_PER_SEC;
  gpointer left = object;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_object_add_weak_pointer ((GObject *) object, &left);
  g_object_unref (object);
  while (left != NULL && g_get_monotonic_time () < end) {
    while (g_main_context_iteration (NULL, FALSE))
      ;
    g_usleep (5000);
  }
  g_assert_null (left);
}

G_END_DECLS
