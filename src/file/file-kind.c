/* file-kind.c - first bytes of formats that people open by mistake.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/file-kind.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define INSTEAD N_ ("Open a .safetensors file or a diffusers folder instead.")
#define UNPACK N_ ("Unpack it and open what is inside.")

typedef struct {
  const char *bytes;
  guint16 size, offset;
  const char *what;
  const char *advice;
} Magic;

static const Magic magics[] = {
  { "ggml", 4, 0, N_ ("this is a GGML file, which Limn does not read."), INSTEAD },
  { "lmgg", 4, 0, N_ ("this is a GGML file, which Limn does not read."), INSTEAD },
  { "tjgg", 4, 0, N_ ("this is a GGML file, which Limn does not read."), INSTEAD },
  { "\211PNG\r\n\032\n", 8, 0, N_ ("this is a PNG picture, not a model."), INSTEAD },
  { "\377\330\377", 3, 0, N_ ("this is a JPEG picture, not a model."), INSTEAD },
  { "WEBP", 4, 8, N_ ("this is a WebP picture, not a model."), INSTEAD },
  { "GIF8", 4, 0, N_ ("this is a GIF picture, not a model."), INSTEAD },
  { "%PDF-", 5, 0, N_ ("this is a PDF document, not a model."), INSTEAD },
  { "\211HDF\r\n\032\n", 8, 0, N_ ("this is an HDF5 file, which Limn does not read."), INSTEAD },
  { "TFL3", 4, 4, N_ ("this is a TensorFlow Lite model, which Limn does not read."), INSTEAD },
  { "7z\274\257\047\034", 6, 0, N_ ("this is a 7-Zip archive."), UNPACK },
  { "Rar!\032\007", 6, 0, N_ ("this is a RAR archive."), UNPACK },
  { "\037\213", 2, 0, N_ ("this is gzip-compressed."), UNPACK },
  { "\375\067zXZ", 6, 0, N_ ("this is xz-compressed."), UNPACK },
  { "\050\265\057\375", 4, 0, N_ ("this is Zstandard-compressed."), UNPACK },
  { "ustar", 5, 257, N_ ("this is a tar archive."), UNPACK },
  { "\177ELF", 4, 0, N_ ("this is a program, not a model."), INSTEAD },
};

static gboolean
refuse (const char *name, const char *what, const char *advice, GError **error)
{
  /* translators: a file's name, what it is ("this is a PDF document, not a model.") and what to do. */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: %s %s"), name, _ (what), _ (advice));
  return FALSE;
}

static gboolean
refuse_pickle (const char *name, GError **error)
{
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_UNSAFE,
      _ ("%s: this is a PyTorch pickle (.ckpt, .pt, .pth, .bin). Reading a pickle runs whatever program is "
         "hidden in it, so Limn never opens one. Most model pages also offer a .safetensors file: use that, or "
         "have a tool that you trust convert this one."),
      name);
  return FALSE;
}

static gboolean
has_pickle_name (const char *name)
{
  static const char *const endings[] = { ".ckpt", ".pt", ".pth", ".pkl", ".pickle", ".bin" };
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  return FALSE;
}

static gboolean
contains (const guint8 *data, gsize size, const char *needle)
{
  return memmem (data, size, needle, strlen (needle)) != NULL;
}

/* Opcode 0x80 with protocol 2 to 5, then a frame or at least something other than the zeros of a small header
 * length. */
static gboolean
is_raw_pickle (const guint8 *data, gsize size)
{
  if (size < 8 || data[0] != 0x80 || data[1] < 2 || data[1] > 5)
    return FALSE;
  return (data[1] >= 4 && data[2] == 0x95) || memcmp (data + 4, "\0\0\0\0", 4) != 0;
}

static gboolean
check_text (const char *name, const guint8 *data, gsize size, GError **error)
{
  g_autofree char *start = NULL;
  gsize i = 0;

  if (size >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0)
    i = 3;
  while (i < size && g_ascii_isspace (data[i]))
    i++;
  start = g_ascii_strdown ((const char *) data + i, (gssize) MIN (size - i, 64));
  if (g_str_has_prefix (start, "<!doctype") || g_str_has_prefix (start, "<html") || g_str_has_prefix (start, "<?xml")
      || g_str_has_prefix (start, "<!--") || g_str_has_prefix (start, "<head")) {
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_FILE,
        _ ("%s: this is a web page, not a model. The download failed; often the site wants you to log in or to "
           "accept a licence first. Download the file again with your browser."),
        name);
    return FALSE;
  }
  if (g_str_has_prefix (start, "version https://git-lfs")) {
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_FILE,
        _ ("%s: this is a Git LFS pointer, not the model itself. Run \"git lfs pull\" in its folder, or download "
           "the file from the model's page."),
        name);
    return FALSE;
  }
  if (*start == '{' || *start == '[')
    return refuse (name, N_ ("this is JSON text, not a model."), INSTEAD, error);
  return TRUE;
}

gboolean
limn_file_kind_check (const char *name, const guint8 *data, gsize size, GError **error)
{
  if (size >= 4 && memcmp (data, "PK\003\004", 4) == 0) {
    gboolean pickle = has_pickle_name (name) || contains (data, MIN (size, 4096), ".pkl");
    return pickle ? refuse_pickle (name, error) : refuse (name, N_ ("this is a zip archive."), UNPACK, error);
  }
  if (is_raw_pickle (data, size))
    return refuse_pickle (name, error);
  for (guint i = 0; i < G_N_ELEMENTS (magics); i++) {
    const Magic *magic = &magics[i];
    if (size >= (gsize) magic->offset + magic->size && memcmp (data + magic->offset, magic->bytes, magic->size) == 0)
      return refuse (name, magic->what, magic->advice, error);
  }
  if (!check_text (name, data, size, error))
    return FALSE;
  return !has_pickle_name (name) || refuse_pickle (name, error);
}
