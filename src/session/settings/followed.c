/* followed.c - rows of ControlNets and their pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/followed.h"

#define MOST_ROWS 64

struct _LimnFollowed {
  GObject parent_instance;
  GPtrArray *rows; /* LimnFollowedRow */
};

G_DEFINE_FINAL_TYPE (LimnFollowed, limn_followed, G_TYPE_OBJECT)

static void
row_free (gpointer data)
{
  LimnFollowedRow *row = data;

  g_free (row->file);
  g_clear_object (&row->picture);
  g_free (row);
}

static LimnFollowedRow *
row_copy (const LimnFollowedRow *row)
{
  LimnFollowedRow *copy = g_memdup2 (row, sizeof *row);

  copy->file = g_strdup (row->file);
  if (copy->picture != NULL)
    g_object_ref (copy->picture);
  copy->how.model = NULL;
  copy->how.image = NULL;
  copy->how.name = copy->how.kept = NULL;
  return copy;
}

static void
limn_followed_finalize (GObject *object)
{
  g_ptr_array_unref (LIMN_FOLLOWED (object)->rows);

  G_OBJECT_CLASS (limn_followed_parent_class)->finalize (object);
}

static void
limn_followed_class_init (LimnFollowedClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_followed_finalize;
}

static void
limn_followed_init (LimnFollowed *self)
{
  self->rows = g_ptr_array_new_with_free_func (row_free);
}

static LimnFollowed *
copy_of (LimnFollowed *self)
{
  LimnFollowed *copy = g_object_new (LIMN_TYPE_FOLLOWED, NULL);

  for (guint i = 0; i < limn_followed_get_n (self); i++)
    g_ptr_array_add (copy->rows, row_copy (limn_followed_nth (self, i)));
  return copy;
}

/* None is NULL. */
static LimnFollowed *
if_any (LimnFollowed *self)
{
  if (self->rows->len == 0)
    g_clear_object (&self);
  return self;
}

guint
limn_followed_get_n (LimnFollowed *self)
{
  return self != NULL ? self->rows->len : 0;
}

const LimnFollowedRow *
limn_followed_nth (LimnFollowed *self, guint index)
{
  return index < limn_followed_get_n (self) ? self->rows->pdata[index] : NULL;
}

LimnFollowed *
limn_followed_with (LimnFollowed *self, guint index, const LimnFollowedRow *row)
{
  LimnFollowed *with = copy_of (self);
  LimnFollowedRow *copy = row_copy (row);

  if (index >= with->rows->len) {
    g_ptr_array_add (with->rows, copy);
    return with;
  }
  row_free (with->rows->pdata[index]);
  with->rows->pdata[index] = copy;
  return with;
}

LimnFollowed *
limn_followed_without (LimnFollowed *self, guint index)
{
  LimnFollowed *without = copy_of (self);

  if (index < without->rows->len)
    g_ptr_array_remove_index (without->rows, index);
  return if_any (without);
}

LimnFollowed *
limn_followed_with_pictures (LimnFollowed *self, GPtrArray *pictures)
{
  LimnFollowed *with = copy_of (self);

  for (guint i = 0; i < with->rows->len && i < pictures->len; i++)
    if (pictures->pdata[i] != NULL)
      g_set_object (&((LimnFollowedRow *) with->rows->pdata[i])->picture, pictures->pdata[i]);
  return if_any (with);
}

int
limn_followed_find (LimnFollowed *self)
{
  for (guint i = 0; i < limn_followed_get_n (self); i++)
    if (!limn_followed_nth (self, i)->off)
      return (int) i;
  return -1;
}

LimnFollowed *
limn_followed_weigh (LimnFollowed *self, double weight)
{
  LimnFollowed *weighed = copy_of (self);
  int index = limn_followed_find (self);

  if (index >= 0)
    ((LimnFollowedRow *) weighed->rows->pdata[index])->how.weight = weight;
  return if_any (weighed);
}

/* ---- Two of them ---- */

static gboolean
same_settings (const LimnControl *one, const LimnControl *other)
{
  gboolean same = TRUE;

  for (guint i = 0; same && limn_control_key (i) != NULL; i++) {
    g_autofree char *a = limn_control_get (one, limn_control_key (i));
    g_autofree char *b = limn_control_get (other, limn_control_key (i));

    same = g_strcmp0 (a, b) == 0;
  }
  return same;
}

/* The first from index on that takes part, or NULL; index: receives the next one. */
static const LimnFollowedRow *
next_part (LimnFollowed *self, guint *index)
{
  const LimnFollowedRow *row;

  while ((row = limn_followed_nth (self, (*index)++)) != NULL && row->off)
    ;
  return row;
}

gboolean
limn_followed_is_same (LimnFollowed *self, LimnFollowed *other)
{
  const LimnFollowedRow *a, *b;
  guint i = 0, k = 0;

  if (self == other)
    return TRUE;
  do {
    a = next_part (self, &i);
    b = next_part (other, &k);
  } while (a != NULL && b != NULL && g_str_equal (a->file, b->file) && same_settings (&a->how, &b->how)
           && limn_source_is_same (a->picture, b->picture));
  return a == NULL && b == NULL;
}

/* ---- As a variant ---- */

static GVariant *
row_to_variant (const LimnFollowedRow *row)
{
  g_autofree char *file = g_utf8_make_valid (row->file, -1);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", "file", file);
  if (row->off)
    g_variant_builder_add (&builder, "{ss}", "off", "yes");
  for (guint i = 0; limn_control_key (i) != NULL; i++) {
    g_autofree char *text = limn_control_get (&row->how, limn_control_key (i));

    if (text != NULL)
      g_variant_builder_add (&builder, "{ss}", limn_control_key (i), text);
  }
  return g_variant_builder_end (&builder);
}

GVariant *
limn_followed_to_variant (LimnFollowed *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{ss}"));
  for (guint i = 0; i < limn_followed_get_n (self); i++)
    g_variant_builder_add_value (&builder, row_to_variant (limn_followed_nth (self, i)));
  return g_variant_builder_end (&builder);
}

static LimnFollowedRow *
row_from_variant (GVariant *variant)
{
  LimnFollowedRow *row = g_new0 (LimnFollowedRow, 1);
  const char *text;

  limn_control_init (&row->how);
  if (g_variant_lookup (variant, "file", "&s", &text))
    row->file = g_strdup (text);
  row->off = g_variant_lookup (variant, "off", "&s", &text);
  for (guint i = 0; limn_control_key (i) != NULL; i++)
    if (g_variant_lookup (variant, limn_control_key (i), "&s", &text))
      limn_control_set (&row->how, limn_control_key (i), text, NULL);
  return row;
}

LimnFollowed *
limn_followed_from_variant (GVariant *variant)
{
  LimnFollowed *self = g_object_new (LIMN_TYPE_FOLLOWED, NULL);
  GVariantIter iter;
  GVariant *member;

  g_return_val_if_fail (g_variant_is_of_type (variant, G_VARIANT_TYPE ("aa{ss}")), NULL);

  g_variant_iter_init (&iter, variant);
  while ((member = g_variant_iter_next_value (&iter)) != NULL) {
    LimnFollowedRow *row = row_from_variant (member);

    g_variant_unref (member);
    if (row->file != NULL && row->file[0] != '\0' && self->rows->len < MOST_ROWS)
      g_ptr_array_add (self->rows, row);
    else
      row_free (row);
  }
  return if_any (self);
}
