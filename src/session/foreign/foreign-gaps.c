/* foreign-gaps.c - what a new picture will lack, or have otherwise, and why.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define MOST_GAPS 64

void
limn_foreign_gap_free (gpointer data)
{
  LimnForeignGap *gap = data;

  g_free (gap->what);
  g_free (gap->why);
  g_free (gap->tag);
  g_free (gap);
}

static gboolean
is_told (LimnForeign *self, const LimnForeignGap *gap)
{
  for (guint i = 0; i < self->gaps->len; i++) {
    const LimnForeignGap *old = self->gaps->pdata[i];

    if (g_str_equal (old->what, gap->what) && g_str_equal (old->why, gap->why))
      return TRUE;
  }
  return FALSE;
}

static G_GNUC_PRINTF (4, 0) void add (LimnForeign *self, const char *property, const char *what, const char *format,
                                      va_list arguments)
{
  g_autofree char *why = NULL;
  LimnForeignGap *gap;

  if (self->gaps->len >= MOST_GAPS)
    return;
  why = g_strdup_vprintf (format, arguments);
  gap = g_new (LimnForeignGap, 1);
  *gap = (LimnForeignGap){ g_utf8_make_valid (what, -1), g_utf8_make_valid (why, -1), property };
  if (is_told (self, gap))
    limn_foreign_gap_free (gap);
  else
    g_ptr_array_add (self->gaps, gap);
}

void
limn_foreign_miss (LimnForeign *self, const char *what, const char *why)
{
  limn_foreign_miss_printf (self, what, "%s", why);
}

void
limn_foreign_miss_printf (LimnForeign *self, const char *what, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  add (self, NULL, what, format, arguments);
  va_end (arguments);
}

void
limn_foreign_doubt (LimnForeign *self, const char *property, const char *what, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  add (self, property, what, format, arguments);
  va_end (arguments);
}

void
limn_foreign_miss_again (LimnForeign *self, const LimnForeignGap *gap)
{
  guint before = self->gaps->len;

  limn_foreign_miss (self, gap->what, gap->why);
  if (self->gaps->len > before)
    ((LimnForeignGap *) self->gaps->pdata[before])->tag = g_strdup (gap->tag);
}

void
limn_foreign_stays (LimnForeign *self, const char *property)
{
  for (guint i = 0; i < self->without->len; i++)
    if (g_str_equal (self->without->pdata[i], property))
      g_ptr_array_remove_index (self->without, i--);
}

void
limn_foreign_is_part (LimnForeign *self)
{
  g_ptr_array_set_size (self->without, 0);
}

void
limn_foreign_miss_start (LimnForeign *self)
{
  limn_foreign_stays (self, "source");
  limn_foreign_stays (self, "truthful-crop");
  limn_foreign_miss (self, _ ("Start picture"),
                     _ ("It was painted over another picture, which is not inside this file: drop that one too"));
}

void
limn_foreign_unmiss (LimnForeign *self, const char *what)
{
  for (guint i = self->gaps->len; i > 0; i--)
    if (g_str_equal (((LimnForeignGap *) self->gaps->pdata[i - 1])->what, what))
      g_ptr_array_remove_index (self->gaps, i - 1);
}

void
limn_foreign_miss_mask (LimnForeign *self)
{
  limn_foreign_stays (self, "source");
  limn_foreign_stays (self, "mask");
  limn_foreign_miss (self, _ ("Mask"), _ ("Only a part was painted; the mask is not inside this file"));
}

void
limn_foreign_miss_noise (LimnForeign *self)
{
  /* translators: a program's name */
  limn_foreign_miss_printf (self, _ ("Noise"), _ ("%s makes its own, which Limn cannot repeat"), self->program);
}
