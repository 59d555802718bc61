/* request-hires.c - whether a second pass can be run; see hires.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/enlarge.h"
#include "engine/hires.h"

#include "base/i18n.h"

#define MOST_SIDE 4096

gboolean
limn_hires_check (const LimnRequest *request, GError **error)
{
  int width, height;

  if (!limn_hires_is_on (&request->fields))
    return TRUE;
  limn_hires_size (&request->fields, &width, &height);
  if (request->mask != NULL)
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                         _ ("A second pass paints over the whole picture, and a mask keeps some of it: take the mask "
                            "away, or the second pass"));
  else if (MAX (width, height) > MOST_SIDE)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("The second pass would be of %d × %d pixels, but %d is the most: make it less large"), width,
                 height, MOST_SIDE);
  else if (limn_hires_needs_upscaler (&request->fields) && request->hires_upscaler == NULL)
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                         _ ("An upscaler is to enlarge the picture for the second pass, but none is chosen"));
  else
    return !limn_hires_needs_upscaler (&request->fields)
           || limn_enlarge_check (request->hires_upscaler, request->width, request->height, error);
  return FALSE;
}
