/* inputs.c - what becomes of a request's texts and pictures before it is painted, and of its picture after; see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include "base/i18n.h"
#include "text/wildcards.h"

gboolean
limn_cli_choose_words (LimnRequest *request, char **words, GError **error)
{
  const char **const texts[] = { &request->prompt,     &request->negative, &request->prompt_2,
                                 &request->negative_2, &request->regions,  &request->details };
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (NULL);

  G_STATIC_ASSERT (G_N_ELEMENTS (texts) == LIMN_CLI_WORDS);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (*texts[i] == NULL || !g_utf8_validate (*texts[i], -1, NULL))
      continue; /* the request's check says what is wrong with it */
    words[i] = limn_wildcards_expand (wildcards, *texts[i], request->seed, error);
    if (words[i] == NULL)
      return FALSE;
    *texts[i] = words[i];
  }
  return TRUE;
}

guint8 *
limn_cli_fit_mask (const LimnImage *mask, const LimnRequest *request)
{
  gsize n = (gsize) mask->width * mask->height;
  g_autofree guint8 *grey = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    grey[i] = (guint8) ((mask->rgb[3 * i] + mask->rgb[3 * i + 1] + mask->rgb[3 * i + 2] + 1) / 3);
  if (limn_mask_area_is_masked (&request->fields))
    return limn_mask_stretch (grey, mask->width, mask->height, request->image->width, request->image->height);
  return limn_mask_fit (grey, mask->width, mask->height, request->width, request->height);
}

guint8 *
limn_cli_open_mask (const char *path, const char *image, const LimnPhoto *photo, const LimnRequest *request,
                    GError **error)
{
  g_autoptr (LimnPhoto) opened = limn_cli_load_photo (path, error);
  g_autoptr (LimnImage) mask = NULL;

  if (opened == NULL)
    return NULL;
  if (opened->width != photo->width || opened->height != photo->height) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s: expected %d x %d pixels, as %s has, and found %d x %d"),
                 path, photo->width, photo->height, image, opened->width, opened->height);
    return NULL;
  }
  mask = limn_photo_to_mask (opened);
  return limn_cli_fit_mask (mask, request);
}

guint8 *
limn_cli_choose_mask (const char *mask, const char *image, const LimnPhoto *photo, const LimnRequest *request,
                      GError **error)
{
  if (mask != NULL)
    return limn_cli_open_mask (mask, image, photo, request, error);
  if (photo->alpha == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("%s: expected transparent parts for --mask-from-alpha, found none"), image);
    return NULL;
  }
  g_autoptr (LimnImage) holes = limn_photo_holes (photo);
  return limn_cli_fit_mask (holes, request);
}

gboolean
limn_cli_save_picture (const LimnResult *result, const LimnRequest *request, const char *job, const char *path,
                       const LimnCliPictures *pictures, GError **error)
{
  LimnRequest told = *request;
  LimnImageHow how = pictures != NULL ? pictures->how : (LimnImageHow){ 0 };

  told.cached = &result->cache;
  g_autofree char *parameters = limn_request_to_parameters (&told);
  g_autofree char *json = limn_request_to_json (request);
  const char *const text[] = { "parameters", parameters, "limn", json, job != NULL ? LIMN_JOB_KEY : NULL, job, NULL };

  how.text = pictures != NULL && pictures->bare ? NULL : text;
  return limn_image_save (result->image, path, &how, error);
}
