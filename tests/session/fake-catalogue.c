/* fake-catalogue.c - folders of models in which there is nothing: what is in real ones is tested with the real engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fake-private.h"

#include <string.h>

struct _LimnCatalogue {
  GPtrArray *files;
};

LimnCatalogue *
limn_catalogue_open (const char *cache)
{
  LimnCatalogue *self = g_new (LimnCatalogue, 1);

  self->files = g_ptr_array_new ();
  return self;
}

void
limn_catalogue_free (LimnCatalogue *self)
{
  g_ptr_array_unref (self->files);
  g_free (self);
}

gboolean
limn_catalogue_scan (LimnCatalogue *self, const char *const *folders, const LimnCatalogueMonitor *monitor)
{
  return TRUE;
}

GPtrArray *
limn_catalogue_list (LimnCatalogue *self)
{
  return self->files;
}

/* Two are known: by the hash feedfacecafe, the LoRA of that name in the user's data, and by beefbeef01 a model. */
char *
limn_catalogue_find_hash (LimnCatalogue *self, LimnFileKind kind, const char *hash)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "limn", "loras", "renamed.safetensors", NULL);

  if (kind == LIMN_FILE_MODEL)
    return g_str_equal (hash, "beefbeef01") ? g_strdup ("/models/its-new-name.safetensors") : NULL;
  return g_str_equal (hash, "feedfacecafe") && g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

/* ControlNets and upscalers in the user's data; what the fingerprint 1:feed says is in the one that is called so. */
char *
limn_catalogue_find (LimnCatalogue *self, LimnFileKind kind, const char *name, const char *fingerprint)
{
  g_autofree char *file =
      g_strconcat (g_strcmp0 (fingerprint, "1:feed") == 0 ? "renamed-controlnet" : name, ".safetensors", NULL);
  char *path = g_build_filename (g_get_user_data_dir (), "limn",
                                 kind == LIMN_FILE_UPSCALER ? "upscalers" : "controlnets", file, NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_clear_pointer (&path, g_free);
  return path;
}

GStrv
limn_catalogue_names (LimnCatalogue *self, LimnFileKind kind)
{
  return g_new0 (char *, 1);
}

/* What is called so is an upscaler, a detector, or a ControlNet, for SDXL unless it says something else. */
LimnFileFacts *
limn_file_look (const char *path)
{
  LimnFileFacts *facts = limn_file_facts_new (path);

  if (strstr (path, "lora") != NULL) {
    facts->kind = LIMN_FILE_LORA;
    facts->family = strstr (path, "other-family") != NULL ? LIMN_FAMILY_SD15 : LIMN_FAMILY_SDXL_BASE;
  }
  if (strstr (path, "upscaler") != NULL)
    facts->kind = LIMN_FILE_UPSCALER;
  if (strstr (path, "detector") != NULL)
    facts->kind = LIMN_FILE_DETECTOR;
  if (strstr (path, "controlnet") == NULL)
    return facts;
  facts->kind = LIMN_FILE_CONTROL;
  facts->family = strstr (path, "sd15") != NULL ? LIMN_FAMILY_SD15 : LIMN_FAMILY_SDXL_BASE;
  facts->adapter = strstr (path, "ip-adapter") != NULL ? LIMN_ADAPTER_IP : LIMN_ADAPTER_NONE;
  facts->types = strstr (path, "promax") != NULL ? 8 : strstr (path, "union") != NULL ? 6 : 0;
  facts->missing = !g_file_test (path, G_FILE_TEST_EXISTS);
  return facts;
}

GBytes *
limn_file_look_inside (const char *path)
{
  return NULL;
}
