/* listing.c - lists of tensors and files made from them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
listed_free (Listed *listed)
{
  g_free (listed->name);
  g_free (listed->part);
  g_free (listed->targets);
  g_free (listed->target_shape);
  g_free (listed->transform);
  g_free (listed);
}

static Listing *
listing_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) listed_free);
}

static LimnType
parse_type (const char *name)
{
  for (LimnType type = 0; type <= LIMN_TYPE_F8_E5M2; type++)
    if (g_strcmp0 (limn_type_name (type), name) == 0)
      return type;
  g_error ("no tensor type %s", name);
}

/* "[320, 4, 3, 3]" */
static int
parse_shape (const char *text, guint64 *shape)
{
  int rank = 0;

  g_assert (*text == '[');
  for (text++; *text != ']' && rank < LIMN_MAX_RANK;) {
    char *end;
    shape[rank++] = g_ascii_strtoull (text, &end, 10);
    g_assert (end != text);
    text = end + strspn (end, ", ");
  }
  return rank;
}

Listing *
listing_load_keys (const char *file)
{
  g_autofree char *path = g_build_filename (LIMN_GOLDEN_DIR, "keys", file, NULL);
  g_autofree char *text = NULL;
  Listing *listing = listing_new ();

  if (!g_file_get_contents (path, &text, NULL, NULL))
    g_error ("%s cannot be read", path);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    if (*lines[i] == '\0' || *lines[i] == '#')
      continue;
    g_auto (GStrv) fields = g_strsplit (lines[i], "\t", -1);
    guint n = g_strv_length (fields);
    guint64 shape[LIMN_MAX_RANK];
    g_assert_cmpuint (n, >=, 3);
    int rank = parse_shape (fields[1], shape);
    Listed *listed = listing_add (listing, fields[0], parse_type (fields[2]), rank, shape);
    listed->part = g_strdup (n > 3 ? fields[3] : NULL);
    listed->targets = g_strdup (n > 4 ? fields[4] : NULL);
    listed->target_shape = g_strdup (n > 5 ? fields[5] : NULL);
    listed->transform = g_strdup (n > 6 ? fields[6] : NULL);
  }
  g_assert_cmpuint (listing->len, >, 0);
  return listing;
}

Listing *
listing_from_file (LimnTensors *file)
{
  Listing *listing = listing_new ();

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    listing_add (listing, tensor->name, tensor->type, tensor->rank, tensor->shape);
  }
  return listing;
}

Listed *
listing_find (Listing *listing, const char *name)
{
  for (guint i = 0; i < listing->len; i++) {
    Listed *listed = g_ptr_array_index (listing, i);
    if (g_str_equal (listed->name, name))
      return listed;
  }
  g_error ("no tensor %s in the listing", name);
}

Listed *
listing_add (Listing *listing, const char *name, LimnType type, int rank, const guint64 *shape)
{
  Listed *listed = g_new0 (Listed, 1);

  listed->name = g_strdup (name);
  listed->type = type;
  listed->rank = rank;
  for (int i = 0; i < rank; i++)
    listed->shape[i] = shape[i];
  g_ptr_array_add (listing, listed);
  return listed;
}

void
listing_remove (Listing *listing, const char *name)
{
  g_ptr_array_remove (listing, listing_find (listing, name));
}

guint64
listed_count (const Listed *listed)
{
  guint64 count = 1;

  for (int i = 0; i < listed->rank; i++)
    count *= listed->shape[i];
  return count;
}

static guint64
listing_data_size (Listing *listing)
{
  guint64 size = 0;

  for (guint i = 0; i < listing->len; i++) {
    const Listed *listed = g_ptr_array_index (listing, i);
    size += listed_count (listed) * limn_type_size (listed->type);
  }
  return size;
}

GString *
listing_header (Listing *listing)
{
  GString *text = g_string_new ("00000000{\"__metadata__\":{\"format\":\"pt\"}");
  guint64 begin = 0;

  for (guint i = 0; i < listing->len; i++) {
    const Listed *listed = g_ptr_array_index (listing, i);
    guint64 end = begin + listed_count (listed) * limn_type_size (listed->type);
    g_string_append_printf (text, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[", listed->name, limn_type_name (listed->type));
    for (int d = 0; d < listed->rank; d++)
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, d > 0 ? "," : "", listed->shape[d]);
    g_string_append_printf (text, "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}", begin, end);
    begin = end;
  }
  g_string_append_c (text, '}');
  while (text->len % 8 != 0)
    g_string_append_c (text, ' ');
  guint64 length = GUINT64_TO_LE (text->len - 8);
  memcpy (text->str, &length, 8);
  return text;
}

void
listing_write_sparse (Listing *listing, const char *path)
{
  GString *header = listing_header (listing);
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

  if (fd < 0 || write (fd, header->str, header->len) != (gssize) header->len
      || ftruncate (fd, (off_t) (header->len + listing_data_size (listing))) != 0)
    g_error ("%s cannot be written: %s", path, g_strerror (errno));
  close (fd);
  g_string_free (header, TRUE);
}

/* ---- Folders ---- */

char *
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp (NULL, &error);

  g_assert_no_error (error);
  return path;
}

void
link_folder (const char *from, const char *to)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  g_mkdir_with_parents (to, 0755);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *source = g_build_filename (from, name, NULL), *target = g_build_filename (to, name, NULL);
    if (g_file_test (source, G_FILE_TEST_IS_DIR))
      link_folder (source, target);
    else
      g_assert_cmpint (symlink (source, target), ==, 0);
  }
}

void
put_file (const char *dir, const char *relative, const char *data, gssize size)
{
  g_autofree char *path = g_build_filename (dir, relative, NULL), *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (parent, 0755);
  g_unlink (path); /* it may be a link to a golden file */
  g_file_set_contents (path, data, size, &error);
  g_assert_no_error (error);
}

char *
get_file (const char *dir, const char *relative)
{
  g_autofree char *path = g_build_filename (dir, relative, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}
