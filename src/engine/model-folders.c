/* model-folders.c - where a person's models are; see catalogue.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/catalogue.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define MOST_FOLDERS 100
#define MOST_ENTRIES 10000

static char *
file_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "limn", "model-folders", NULL);
}

GStrv
limn_model_folders (void)
{
  g_autofree char *path = file_path (), *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_new0 (char *, 1);
  lines = g_strsplit (text, "\n", MOST_FOLDERS);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_path_is_absolute (lines[i]))
      g_strv_builder_add (folders, lines[i]);
  return g_strv_builder_end (folders);
}

/* without: NULL, or one that is left out; with: NULL, or one more. */
static gboolean
write_folders (const char *without, const char *with, GError **error)
{
  g_auto (GStrv) known = limn_model_folders ();
  g_autofree char *path = file_path (), *parent = g_path_get_dirname (path);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) local = NULL;

  for (guint i = 0; known[i] != NULL; i++)
    if (g_strcmp0 (known[i], without) != 0)
      g_string_append_printf (text, "%s\n", known[i]);
  if (with != NULL)
    g_string_append_printf (text, "%s\n", with);
  g_mkdir_with_parents (parent, 0700);
  if (g_file_set_contents (path, text->str, -1, &local))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s cannot be written: %s"), path, local->message);
  return FALSE;
}

gboolean
limn_model_folders_add (const char *folder, GError **error)
{
  g_auto (GStrv) known = limn_model_folders ();
  g_autofree char *full = g_canonicalize_filename (folder, NULL);

  if (g_strv_contains ((const char *const *) known, full) || strchr (full, '\n') != NULL)
    return TRUE;
  return write_folders (NULL, full, error);
}

gboolean
limn_model_folders_remove (const char *folder, GError **error)
{
  return write_folders (folder, NULL, error);
}

/* ---- By their names ---- */

static gboolean
is_called (const char *path, LimnFileKind kind)
{
  static const char *const loras[] = { "loras", "lora", "lycoris", NULL };
  static const char *const embeddings[] = { "embeddings", "embedding", "textualinversion", NULL };
  g_autofree char *name = g_path_get_basename (path), *lower = g_ascii_strdown (name, -1);

  return g_strv_contains (kind == LIMN_FILE_LORA ? loras : embeddings, lower);
}

static void
add_called (GStrvBuilder *folders, const char *folder, LimnFileKind kind)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  for (guint n = 0; dir != NULL && n < MOST_ENTRIES && (name = g_dir_read_name (dir)) != NULL; n++)
    if (is_called (name, kind)) {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_strv_builder_add (folders, path);
    }
}

GStrv
limn_model_folders_called (LimnFileKind kind)
{
  g_auto (GStrv) chosen = limn_model_folders ();
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();

  for (guint i = 0; chosen[i] != NULL; i++)
    if (is_called (chosen[i], kind))
      g_strv_builder_add (folders, chosen[i]);
    else
      add_called (folders, chosen[i], kind);
  return g_strv_builder_end (folders);
}

/* ---- Other programs' ---- */

/* A folder below home, and what tells that it is a program's: a folder in it. */
static const struct {
  const char *program, *path, *holds;
} places[] = {
  { "ComfyUI", "ComfyUI/models", "checkpoints" },
  { "ComfyUI", "comfyui/models", "checkpoints" },
  { "ComfyUI", "comfy/ComfyUI/models", "checkpoints" },
  { "ComfyUI", "Documents/ComfyUI/models", "checkpoints" },
  { "A1111", "stable-diffusion-webui/models", "Stable-diffusion" },
  { "A1111", "stable-diffusion-webui/embeddings", "." },
  { "Forge", "stable-diffusion-webui-forge/models", "Stable-diffusion" },
  { "Forge", "stable-diffusion-webui-forge/embeddings", "." },
  { "reForge", "stable-diffusion-webui-reForge/models", "Stable-diffusion" },
  { "SD.Next", "sdnext/models", "Stable-diffusion" },
  { "SD.Next", "automatic/models", "Stable-diffusion" },
  { "InvokeAI", "invokeai/models", "." },
  { "InvokeAI", "InvokeAI/models", "." },
  { "Fooocus", "Fooocus/models", "checkpoints" },
  { "SwarmUI", "SwarmUI/Models", "Stable-Diffusion" },
  { "StabilityMatrix", "StabilityMatrix/Data/Models", "StableDiffusion" },
  { "StabilityMatrix", ".local/share/StabilityMatrix/Models", "StableDiffusion" },
  { "Krita AI", ".local/share/krita/ai_diffusion/server/ComfyUI/models", "checkpoints" },
  { "Draw Things", "DrawThings/Models", "." },
  { "Draw Things", "draw-things/models", "." },
  { "Draw Things", ".local/share/draw-things/Models", "." },
};

static void
found_free (gpointer data)
{
  g_free (((LimnFoundFolder *) data)->path);
  g_free (data);
}

GPtrArray *
limn_model_folders_find (const char *home)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (found_free);
  g_auto (GStrv) known = limn_model_folders ();

  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_build_filename (home != NULL ? home : g_get_home_dir (), places[i].path, NULL);
    g_autofree char *inner = g_build_filename (path, places[i].holds, NULL);

    if (!g_file_test (inner, G_FILE_TEST_IS_DIR) || g_strv_contains ((const char *const *) known, path))
      continue;
    LimnFoundFolder *folder = g_new (LimnFoundFolder, 1);
    *folder = (LimnFoundFolder){ places[i].program, g_steal_pointer (&path) };
    g_ptr_array_add (found, folder);
  }
  return found;
}
