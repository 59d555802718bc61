/* routes.c - the table of what can be asked for.
 *
 * To add a route: its row, and its function in the file that it belongs to.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/server-private.h"

#define API "/sdapi/v1/"

static const LimnRoute routes[] = {
  { "POST", API "txt2img", limn_route_txt2img },
  { "POST", API "img2img", limn_route_img2img },
  { "GET", API "progress", limn_route_progress },
  { "POST", API "interrupt", limn_route_interrupt },
  { "POST", API "skip", limn_route_skip },
  { "GET", API "options", limn_route_get_options },
  { "POST", API "options", limn_route_set_options },
  { "POST", API "png-info", limn_route_png_info },
  { "GET", API "samplers", limn_route_samplers },
  { "GET", API "schedulers", limn_route_schedulers },
  { "GET", API "sd-models", limn_route_models },
  { "GET", API "sd-vae", limn_route_vaes },
  { "GET", API "loras", limn_route_loras },
  { "GET", API "embeddings", limn_route_embeddings },
  { "GET", API "upscalers", limn_route_upscalers },
  { "GET", API "prompt-styles", limn_route_styles },
  { "GET", API "cmd-flags", limn_route_flags },
  { "GET", API "memory", limn_route_memory },
  { "GET", API "scripts", limn_route_scripts },
  { "GET", API "script-info", limn_route_nothing },
  { "GET", API "latent-upscale-modes", limn_route_latent_modes },
  { "GET", API "hypernetworks", limn_route_nothing },
  { "GET", API "face-restorers", limn_route_nothing },
  { "GET", API "realesrgan-models", limn_route_nothing },
  { "GET", API "extensions", limn_route_nothing },
  { "POST", API "refresh-checkpoints", limn_route_refresh },
  { "POST", API "refresh-loras", limn_route_refresh },
  { "POST", API "refresh-vae", limn_route_refresh },
};

const LimnRoute *
limn_route_find (const char *method, const char *path, const char **allowed)
{
  *allowed = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (routes); i++) {
    if (!g_str_equal (routes[i].path, path))
      continue;
    if (g_str_equal (routes[i].method, method))
      return &routes[i];
    *allowed = routes[i].method;
  }
  return NULL;
}
