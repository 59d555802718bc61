/* kept.c - what was found of the variants on a device, in a file of the user's cache.
 *
 * [limn] says what it is true of; a group for each variant says whether it is right, whether that was proved in full,
 * what is wrong with it, and by a class's name how many seconds its sample takes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/choose.h"

#include <glib/gstdio.h>
#include <math.h>

#include "base/i18n.h"

#define HEAD "limn"
#define VERSION 2 /* 1 knew no classes of shapes */

static void
candidate_clear (gpointer data)
{
  g_free (((LimnCandidate *) data)->wrong);
}

static void
add_tile (GChecksum *sum, const LimnTile *tile)
{
  g_checksum_update (sum, (const guchar *) tile, sizeof *tile);
}

/* Of all shaders: some megabytes, looked through once. */
static const char *
shaders_sum (void)
{
  static char *once;

  if (g_once_init_enter (&once)) {
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

    for (const LimnShader *shader = limn_shaders; shader->name != NULL; shader++)
      g_checksum_update (sum, (const guchar *) shader->code, (gssize) shader->size);
    g_once_init_leave (&once, g_strdup (g_checksum_get_string (sum)));
  }
  return once;
}

/* What the kernels are: another build's may be wrong or slow where this one's are not. */
static char *
fingerprint (const LimnVariant *rows)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (sum, (const guchar *) shaders_sum (), -1);
  for (const LimnVariant *row = rows; row->name != NULL; row++) {
    g_autofree char *text = g_strdup_printf ("%s %s %u %u %d %d", row->name, row->suffix, row->subgroup_min,
                                             row->subgroup_max, row->lanes, row->alone);

    g_checksum_update (sum, (const guchar *) text, -1);
    add_tile (sum, &row->product);
    for (guint i = 0; i < G_N_ELEMENTS (row->attention); i++)
      add_tile (sum, &row->attention[i]);
  }
  return g_strdup (g_checksum_get_string (sum));
}

/* Whether kept is about these kernels on this driver. */
static gboolean
is_ours (const LimnChooser *chooser, GKeyFile *kept)
{
  g_autofree char *driver = g_key_file_get_string (kept, HEAD, "driver", NULL);
  g_autofree char *kernels = g_key_file_get_string (kept, HEAD, "kernels", NULL);
  g_autofree char *now = fingerprint (chooser->rows);

  return g_key_file_get_integer (kept, HEAD, "version", NULL) == VERSION && g_strcmp0 (driver, chooser->driver) == 0
         && g_strcmp0 (kernels, now) == 0;
}

static gboolean
read_seconds (GKeyFile *kept, const char *group, LimnShape shape, double *seconds, GError **error)
{
  const char *name = limn_shapes[shape].name;
  GError *failure = NULL;

  if (!g_key_file_has_key (kept, group, name, NULL))
    return TRUE;
  *seconds = g_key_file_get_double (kept, group, name, &failure);
  if (failure == NULL && (!isfinite (*seconds) || *seconds <= 0))
    g_set_error (&failure, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, _ ("%s of %s is %g, not a time"), name,
                 group, *seconds);
  if (failure != NULL)
    g_propagate_error (error, failure);
  return failure == NULL;
}

/* TRUE where kept says nothing of it, too. */
static gboolean
read_candidate (LimnCandidate *candidate, GKeyFile *kept, GError **error)
{
  const char *group = candidate->variant->name;
  GError *failure = NULL;

  if (!g_key_file_has_group (kept, group))
    return TRUE;
  gboolean right = g_key_file_get_boolean (kept, group, "right", &failure);
  if (failure == NULL)
    candidate->proved = g_key_file_get_boolean (kept, group, "proved", &failure);
  if (failure != NULL) {
    g_propagate_error (error, failure);
    return FALSE;
  }
  candidate->tried = TRUE;
  if (!right) {
    candidate->wrong = g_key_file_get_string (kept, group, "wrong", error);
    return candidate->wrong != NULL;
  }
  for (int i = 0; i < LIMN_N_SHAPES; i++) {
    if (!read_seconds (kept, group, i, &candidate->seconds[i], error))
      return FALSE;
  }
  return TRUE;
}

static GArray *
nothing_known (const LimnChooser *chooser)
{
  GArray *candidates = g_array_new (FALSE, TRUE, sizeof (LimnCandidate));

  g_array_set_clear_func (candidates, candidate_clear);
  for (const LimnVariant *row = chooser->rows; row->name != NULL; row++) {
    const LimnCandidate candidate = { .variant = row };

    if (limn_variant_suits (row, chooser->limits))
      g_array_append_val (candidates, candidate);
  }
  return candidates;
}

GArray *
limn_kept_read (const LimnChooser *chooser, gboolean anew)
{
  g_autoptr (GArray) candidates = nothing_known (chooser);
  g_autoptr (GKeyFile) kept = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  if (anew)
    return g_steal_pointer (&candidates);
  if (!g_key_file_load_from_file (kept, chooser->kept, G_KEY_FILE_NONE, &error)) {
    if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      goto damaged;
    return g_steal_pointer (&candidates);
  }
  if (!is_ours (chooser, kept))
    return g_steal_pointer (&candidates);
  for (guint i = 0; i < candidates->len; i++) {
    if (!read_candidate (&g_array_index (candidates, LimnCandidate, i), kept, &error))
      goto damaged;
  }
  return g_steal_pointer (&candidates);

damaged:
  g_message (_ ("%s is damaged (%s): which kernels are best is found out again"), chooser->kept, error->message);
  return nothing_known (chooser);
}

static void
write_candidate (const LimnCandidate *candidate, GKeyFile *found)
{
  const char *group = candidate->variant->name;

  if (!candidate->tried)
    return;
  g_key_file_set_boolean (found, group, "right", candidate->wrong == NULL);
  g_key_file_set_boolean (found, group, "proved", candidate->proved);
  if (candidate->wrong != NULL)
    g_key_file_set_string (found, group, "wrong", candidate->wrong);
  for (int i = 0; i < LIMN_N_SHAPES; i++) {
    if (candidate->seconds[i] > 0)
      g_key_file_set_double (found, group, limn_shapes[i].name, candidate->seconds[i]);
  }
}

void
limn_kept_write (const LimnChooser *chooser, GArray *candidates)
{
  g_autoptr (GKeyFile) found = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (chooser->kept), *kernels = fingerprint (chooser->rows);
  g_autoptr (GError) error = NULL;

  g_key_file_set_integer (found, HEAD, "version", VERSION);
  g_key_file_set_string (found, HEAD, "driver", chooser->driver);
  g_key_file_set_string (found, HEAD, "kernels", kernels);
  for (guint i = 0; i < candidates->len; i++)
    write_candidate (&g_array_index (candidates, LimnCandidate, i), found);
  g_mkdir_with_parents (folder, 0700);
  if (!g_key_file_save_to_file (found, chooser->kept, &error))
    g_debug ("what was found of the kernels is not kept: %s", error->message);
}
