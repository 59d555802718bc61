/* details.c - see details.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/details.h"

#include "base/i18n.h"
#include "base/image-fit.h"
#include "engine/area.h"
#include "engine/like.h"
#include "text/prompt-loras.h"

#define LEAST_SIDE 16 /* pixels of the picture: less has nothing to be painted after */
#define LARGER 1024   /* than any model's size, times one pixel: what is fitted to it becomes smaller */

/* The words of its own with the LoRAs that the picture's have.  (transfer full) */
static char *
with_loras (const char *own, const char *whole)
{
  g_autoptr (GArray) loras = limn_prompt_loras (whole != NULL ? whole : "");
  GString *text = g_string_new (own);

  for (guint i = 0; i < loras->len; i++) {
    const LimnPromptLora *lora = &g_array_index (loras, LimnPromptLora, i);

    g_string_append_c (text, ' ');
    g_string_append_len (text, whole + lora->start, (gssize) lora->length);
  }
  return g_string_free (text, FALSE);
}

static void
say (LimnRequest *request, const LimnRegion *box, char *said[2])
{
  if (*box->prompt != '\0') {
    request->prompt = said[0] = with_loras (box->prompt, request->prompt);
    request->prompt_2 = NULL;
    request->regions = "";
  }
  if (box->negative != NULL) {
    request->negative = said[1] = with_loras (box->negative, request->negative);
    request->negative_2 = NULL;
  }
}

/* As many pixels as the model knows, in the shape of what is shown of the picture. */
static void
choose_size (LimnRequest *request, const LimnCrop *crop, int padding, int width, int height)
{
  int across = MIN (crop->width + 2 * padding, width);
  int down = MIN (crop->height + 2 * padding, height);
  LimnRequest usual;

  limn_request_init (&usual, request->model);
  request->width = usual.width;
  request->height = usual.height;
  limn_size_fit (across * LARGER, down * LARGER, &request->width, &request->height);
}

LimnRequest
limn_detail_request (const LimnRequest *request, const LimnDetailPart *part, guint index, int width, int height,
                     guint8 **mask, char *said[2])
{
  const LimnCrop crop = limn_detail_part_crop (part, width, height);
  int padding = part->detail->tile == 0 ? request->detail_padding : 0; /* tiles overlap instead */
  LimnRequest own = *request;

  choose_size (&own, &crop, padding, width, height);
  own.details = "";
  own.hires = 1;
  own.strength = request->detail_strength;
  own.seed = request->seed + 1 + index; /* noise that the picture was made of would be found in it again */
  own.seed_width = own.seed_height = 0;
  own.hints = own.negative_hints = (LimnSizeHints){ 0 };
  own.mask_area = limn_mask_area_choice (1)->name;
  own.mask_padding = padding;
  own.mask = *mask = limn_detail_part_mask (part, request->detail_feather, width, height);
  own.noise = NULL;
  own.start = (LimnStart){ 0 };
  say (&own, &part->detail->box, said);
  return own;
}

gboolean
limn_detail_check (const LimnRequest *request, GError **error)
{
  g_autoptr (GPtrArray) boxes = limn_details_read (request->details, error);
  const LimnLike *like = limn_like_find (request->like);
  int width, height;

  if (boxes == NULL)
    return FALSE;
  if (boxes->len == 0)
    return TRUE;
  limn_request_size (request, &width, &height);
  if (MIN (width, height) < LEAST_SIDE)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("Boxes are to be painted again, but the picture has %d × %d pixels, and %d are the least"), width,
                 height, LEAST_SIDE);
  else if (limn_details_count (boxes, width, height) > LIMN_MOST_DETAIL_PARTS)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%u boxes are more than the %d that a picture can have"),
                 limn_details_count (boxes, width, height), LIMN_MOST_DETAIL_PARTS);
  else if (limn_like_picture_steps (like, request->steps, request->detail_strength) < 1)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("A strength of %g with %d steps leaves no step to do for the detail boxes: raise one of them"),
                 request->detail_strength, request->steps);
  else
    return TRUE;
  return FALSE;
}
